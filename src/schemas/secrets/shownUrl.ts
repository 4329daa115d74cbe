import { MASK } from './secrets.ts';

/** In a path, what no person would choose: some receivers take it alone for the right to post. */
const DRAWN = /(?<![\w-])[\w-]{20,}/g;

/**
 * A URL as it is shown and logged: it may be what gives the right to post. Values of the query and long parts of the path that
 * look drawn by lot are masked, a user and a password too. A query that names nothing is a value as a whole. A text that is
 * no URL is shown if it cannot hold any of that.
 */
export function shownUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return /[?@=#]/.test(text) ? MASK : text.replaceAll(DRAWN, MASK);
  const query = url.search === '' ? '' : `?${url.search.slice(1).split('&').map(shownParameter).join('&')}`;
  const user = url.username === '' && url.password === '' ? '' : `${MASK}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname.replaceAll(DRAWN, MASK)}${query}`;
}

/** `name=value` with its name. */
function shownParameter(parameter: string): string {
  const end = parameter.indexOf('=');
  return end < 0 ? MASK : `${parameter.slice(0, end).replaceAll(DRAWN, MASK)}=${MASK}`;
}
