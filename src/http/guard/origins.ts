/** What an Origin header is to this server. */
export type OriginVerdict = 'ours' | 'allowed' | 'foreign';

/** What pages come by. A file, an extension or a data URL is from nowhere. */
const webProtocols: ReadonlySet<string> = new Set(['http:', 'https:']);

/**
 * Judges where a page is from that sent a request. Ours is one that was loaded from where this request goes: the same
 * name and port as in its Host header. The scheme is ours to know only when we speak TLS ourselves; before a proxy
 * that does, it is either.
 * @param allowed exact origins. @param host the Host header, readable.
 */
export function judgeOrigin(
  origin: string,
  { host, isSecure, allowed }: { host: string; isSecure: boolean; allowed: ReadonlySet<string> },
): OriginVerdict {
  if (allowed.has(origin)) return 'allowed';
  const from = URL.parse(origin);
  // What is no origin (`null` of a sandbox, a path behind it) is nobody we know.
  if (from === null || from.origin !== origin || !webProtocols.has(from.protocol)) return 'foreign';
  if (isSecure && from.protocol !== 'https:') return 'foreign';
  const asked = URL.parse(`${from.protocol}//${host}`);
  return asked !== null && asked.host === from.host ? 'ours' : 'foreign';
}
