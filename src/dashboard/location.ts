import { useEffect, useState } from 'preact/hooks';

/** What the address shows: `#/jobs/0f9c/log?line=12` is the path jobs, 0f9c, log and the query line=12. */
export type Location = { path: readonly string[]; query: URLSearchParams };

type QueryValues = { readonly [name: string]: string | number | undefined } | URLSearchParams;

/** Reads the part of an address after `#`, which never reaches a server. */
function readLocation(hash: string = window.location.hash): Location {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?', 2);
  return { path: path.split('/').filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

/** An address within the page: `href(['jobs', id, 'log'], { line: 12 })`. */
export function href(path: readonly string[], query: QueryValues = {}): string {
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const kept = entries.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]]));
  const text = new URLSearchParams(kept).toString();
  return `#/${path.map((part) => encodeURIComponent(part.toWellFormed())).join('/')}${text === '' ? '' : `?${text}`}`;
}

/** Shows another view. @param replace Back does not come back to the one before: for filters that are typed. */
export function go(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) {
    history.replaceState(null, '', to);
    window.dispatchEvent(new HashChangeEvent('hashchange'));
  } else {
    window.location.hash = to.slice(1);
  }
}

/** Where the page is now; the component is drawn again when that changes. */
export function useLocation(): Location {
  const [location, setLocation] = useState(readLocation);
  useEffect(() => {
    const follow = () => setLocation(readLocation());
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, []);
  return location;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
