import { ClientError } from './errors.ts';

/** Values of a query; those that are undefined or null are left out. */
export type QueryValues = { readonly [name: string]: string | number | boolean | null | undefined };

/** A server, and the token for it. */
export type Target = {
  /** The server, for people: its address without a password. */
  name: string;
  /** Where a request goes, and the headers that every one has. @throws ClientError `notFound` for a part that no path can have. */
  address(path: readonly string[], query: QueryValues): { url: URL; headers: Record<string, string> };
  /** A text without the token. */
  hide(text: string): string;
};

/** What a header can carry. */
const VISIBLE = /^[\x21-\x7e]+$/;

/** @throws TypeError when the address is none of a web server, or the token cannot be one; without either in its text. */
export function createTarget(server: string | URL, given: string | undefined): Target {
  const base = URL.parse(server);
  if (base === null || !/^https?:$/.test(base.protocol)) {
    throw new TypeError('The server should be an http or https URL: http://localhost:8000');
  }
  const token = given ?? (base.password === '' ? undefined : decodeURIComponent(base.password));
  if (token !== undefined && !VISIBLE.test(token)) {
    throw new TypeError('The token should be visible ASCII characters without spaces');
  }
  base.username = '';
  base.password = '';
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return {
    name: base.href.slice(0, -1),
    address: (path, query) => {
      const url = new URL(path.map(encodePart).join('/'), base);
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined && value !== null) url.searchParams.set(name, String(value));
      }
      return { url, headers: token === undefined ? {} : { authorization: `Bearer ${token}` } };
    },
    hide: (text) => (token === undefined ? text : text.replaceAll(token, '***')),
  };
}

/** These parts of a path mean another path, whichever way they are written. */
const MOVES: ReadonlySet<string> = new Set(['', '.', '..']);

function encodePart(part: string): string {
  if (!MOVES.has(part)) return encodeURIComponent(part.toWellFormed());
  const detail = `${JSON.stringify(part)} is no name`;
  throw new ClientError({ code: 'notFound', status: 404, detail }, detail);
}
