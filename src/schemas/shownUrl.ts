import { MASK } from './secrets.ts';

/** A part of a path that no person would choose: some receivers know who may post by it alone. */
const DRAWN = /(?<=\/)[\w-]{20,}(?=\/|$)/g;

/**
 * A URL as it is shown and logged: who may post may be told by it. Values of the query and long parts of the path that
 * look drawn by lot are masked, a user and a password too. A text that is no URL is shown if it cannot hold any of that.
 */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return /[?@=#]/.test(text) ? MASK : text;
  const names = url.searchParams.keys().map((name) => `${encodeURIComponent(name)}=${MASK}`);
  const query = url.search === '' ? '' : `?${[...names].join('&')}`;
  const user = url.username === '' && url.password === '' ? '' : `${MASK}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname.replaceAll(DRAWN, MASK)}${query}`;
}
