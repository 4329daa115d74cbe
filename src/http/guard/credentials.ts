/**
 * The token that a request brings: as `Bearer`, or as the password of `Basic`, so that clients that only know a URL can
 * send it: `http://name:token@host`. The user name says nothing. Null when there is none.
 */
export function readCredentials(authorization: string | undefined): string | null {
  const [, scheme, value = ''] = /^(bearer|basic) +(\S+) *$/i.exec(authorization ?? '') ?? [];
  if (scheme === undefined) return null;
  return scheme.toLowerCase() === 'bearer' ? value : passwordOf(value);
}

function passwordOf(encoded: string): string | null {
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  return colon === -1 || colon === pair.length - 1 ? null : pair.slice(colon + 1);
}
