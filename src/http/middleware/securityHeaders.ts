/**
 * What every answer says to a browser: run nothing of it, guess nothing, tell no one where you were, and show it in no
 * page of another. A page of ours says more than the first of these; see {@link pagePolicy}.
 */
export const guardingHeaders: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** Of our own pages: scripts, styles, pictures and answers of this server, and nothing that stands in the page itself. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of the dashboard, which shows images and audio of samples too: it asks for them with its token, and has them in memory. */
export const dashboardPolicy = `${pagePolicy.replace("img-src 'self'", "img-src 'self' blob:")}; media-src blob:`;

/** Of files that a run has written, which may be anything: shown alone, as from nowhere, and without scripts. */
export const filePolicy = "default-src 'none'; sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Of a drawing: its one style, named by its SHA-256 in base64. */
export const drawingPolicy = (styleHash: string): string =>
  `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
