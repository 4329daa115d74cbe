import { requestLimits } from '../../../schemas/values/limits.ts';
import { type JobsView, statuses } from './filters.ts';

type Filters = Omit<JobsView, 'order'>;

/** What may stand before a colon in the search box, and the filter that it is. */
const prefixes = { status: 'status', model: 'model', task: 'task', label: 'label', by: 'submitted_by' } as const;

type Prefix = keyof typeof prefixes;

/** Texts of a search, as the server takes them. */
const MOST_TEXTS = 10;

const isPrefix = (text: string): text is Prefix => Object.hasOwn(prefixes, text);

/** What a search says, and what of it cannot be followed (yet), for people. */
export type Search = { filters: Filters; hints: string[] };

/**
 * Reads the text of the search box: `status:failed label:run:r7 by:alice cuda`. The first of each prefix is that filter;
 * more of the same, and all else, are texts that have to occur. Within "…" blanks belong to the text.
 */
export function readSearch(text: string): Search {
  const filters: Filters = {};
  const hints: string[] = [];
  const texts: string[] = [];
  for (const { value, prefix } of partsOf(text)) {
    if (prefix === null || (filters[prefixes[prefix]] !== undefined && prefix !== 'status')) {
      if (value !== '') texts.push(value);
      continue;
    }
    if (value === '') continue;
    const read = readValue(prefix, value);
    if (read.hint === undefined) Object.assign(filters, { [prefixes[prefix]]: read.value });
    else hints.push(read.hint);
  }
  // The server splits by blanks, too.
  const wanted = texts.flatMap((each) => each.split(/\s+/)).filter(Boolean);
  const kept = wanted.slice(0, MOST_TEXTS);
  while (kept.join(' ').length > requestLimits.search) kept.pop();
  if (kept.length < wanted.length)
    hints.push(`at most ${MOST_TEXTS} texts are searched for, of ${requestLimits.search} characters`);
  if (kept.length > 0) filters.q = kept.join(' ');
  return { filters, hints };
}

/** The text of the search box that says this. */
export function searchText(view: Filters): string {
  const named = Object.entries(prefixes).flatMap(([prefix, name]) => {
    const value = view[name];
    return value === undefined ? [] : [`${prefix}:${quotedIf(/[\s"]/.test(value), value)}`];
  });
  const texts = (view.q ?? '').split(/\s+/).filter(Boolean);
  return [...named, ...texts.map((each) => quotedIf(each.includes('"') || prefixIn(each) !== null, each))].join(' ');
}

/** Each part between blanks. */
function partsOf(text: string): { value: string; prefix: Prefix | null }[] {
  const found = text.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/gs) ?? [];
  return found.map((part) => {
    const prefix = prefixIn(part);
    return { prefix, value: unquoted(prefix === null ? part : part.slice(prefix.length + 1)) };
  });
}

function prefixIn(part: string): Prefix | null {
  const name = part.slice(0, Math.max(0, part.indexOf(':'))).toLowerCase();
  return isPrefix(name) ? name : null;
}

function readValue(prefix: Prefix, value: string): { value: string; hint?: never } | { hint: string } {
  if (prefix === 'status') {
    const meant = statuses.filter((status) => status.startsWith(value.toLowerCase()));
    const [only] = meant;
    return only !== undefined && meant.length === 1
      ? { value: only }
      : { hint: `status: is one of ${statuses.join(', ')}` };
  }
  if (prefix !== 'label') return { value };
  const at = value.search(/[:=]/);
  return at > 0 && at < value.length - 1
    ? { value: `${value.slice(0, at)}:${value.slice(at + 1)}` }
    : { hint: 'label: has a name and a value, as label:run:r7' };
}

const quotedIf = (is: boolean, value: string): string => (is ? `"${value.replace(/["\\]/g, '\\$&')}"` : value);

const unquoted = (part: string): string =>
  part.replace(/"((?:[^"\\]|\\.)*)"?/gs, (_, inner: string) => inner.replace(/\\(.)/gs, '$1'));
