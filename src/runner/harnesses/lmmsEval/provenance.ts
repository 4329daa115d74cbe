import type { ResultsFile } from '../../results/files/resultsFile.ts';
import type { LmmsEvalOptions } from './options.ts';

/** Options that change the numbers, and of which lmms-eval notes what it was given. */
const COMPARED = ['model', 'tasks', 'model_args', 'limit', 'num_fewshot', 'gen_kwargs'];
const HIDDEN = /\[REDACTED\]|\*{8,}/;

/**
 * What a results file notes that is not what we asked, as text: it is of another run that writes into the same folder
 * at the same time. Null when it may be ours: what a file does not note, or the operator's extra arguments set, says
 * nothing.
 *
 * @param operatorOptions names of the options that the operator's extra arguments set in the command of our run.
 */
export function firstDifference(
  { config }: ResultsFile,
  asked: LmmsEvalOptions,
  operatorOptions: readonly string[],
): string | null {
  const noted = { ...asRecord(config['resolved_cli_args']), ...pick(config, ['model', 'model_args']) };
  const different = COMPARED.find((name) => {
    if (!(name in noted) || operatorOptions.includes(name)) return false;
    const text = asked.get(name) ?? '';
    // A configuration file of the operator may set what a request does not.
    if (text === '' && operatorOptions.includes('config')) return false;
    return !isSame(noted[name], String(text));
  });
  if (different === undefined) return null;
  return `${different} is ${shown(noted[different])} in it, and ${shown(asked.get(different) ?? null)} was asked`;
}

const LONGEST_SHOWN = 200;

/** A value as a text for people. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN).toWellFormed()}…` : text;
}

/** Compares values: how a version writes them is its own matter. */
function isSame(noted: unknown, asked: string): boolean {
  if (noted === null || noted === undefined) return asked === '';
  if (typeof noted === 'number') return asked !== '' && Number(asked) === noted;
  if (typeof noted === 'boolean') return asked.toLowerCase() === String(noted);
  if (Array.isArray(noted)) return noted.map(String).join(',') === asked;
  if (typeof noted === 'object') return isSameStructure(noted, asked);
  if (typeof noted !== 'string') return true;
  return matchesHidden(noted, asked) || isSameNumber(noted, asked) || matchesHidden(tidied(noted), tidied(asked));
}

const isSameNumber = (noted: string, asked: string): boolean =>
  noted.trim() !== '' && asked.trim() !== '' && Number(noted) === Number(asked);

/** `a=1, b=2` and `b=2,a=1` are the same arguments. */
const tidied = (text: string): string =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .toSorted()
    .join(',');

/** Names with values beside `name=value,…`. A value with commas of its own says nothing. */
export function isSameStructure(noted: object, asked: string): boolean {
  const parts = asked.split(',').flatMap((part) => {
    const split = part.indexOf('=');
    return split < 0 ? [] : [[part.slice(0, split).trim(), part.slice(split + 1).trim()] as const];
  });
  const values = new Map(parts);
  return Object.entries(noted).every(([name, value]) => {
    const wanted = values.get(name);
    if (wanted === undefined) return false;
    return typeof value === 'object' || /[[{"']/.test(wanted) || isSame(value, wanted);
  });
}

/** lmms-eval hides secrets, and so does evald before it judges: in their place anything may stand. */
export function matchesHidden(noted: string, asked: string): boolean {
  const [head = '', ...rest] = noted.split(HIDDEN);
  const tail = rest.pop();
  if (tail === undefined) return noted === asked;
  if (!asked.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = indexOf(asked, piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return asked.length - tail.length >= at && asked.endsWith(tail);
}

/** Secrets are masked before a run is judged: in their place anything may stand. */
export function isSameArgument(noted: unknown, asked: unknown): boolean {
  if (typeof noted === 'string') return matchesHidden(noted, typeof asked === 'string' ? asked : JSON.stringify(asked));
  if (typeof noted !== 'object' || noted === null || typeof asked !== 'object' || asked === null) {
    return noted === asked || JSON.stringify(noted) === JSON.stringify(asked);
  }
  if (Array.isArray(noted) !== Array.isArray(asked)) return false;
  const values = new Map<string, unknown>(Object.entries(asked));
  const entries = Object.entries(noted);
  return entries.length === values.size && entries.every(([name, value]) => isSameArgument(value, values.get(name)));
}

/**
 * As the text's own `indexOf`, in time that grows with the two lengths and not with their product (Knuth, Morris, Pratt):
 * one is the client's and the other the run's.
 */
function indexOf(text: string, piece: string, from: number): number {
  if (piece === '') return from;
  // By length of what was matched: where it may go on when the next character is another one.
  const again = new Int32Array(piece.length);
  for (let at = 1, matched = 0; at < piece.length; at++) {
    while (matched > 0 && piece[at] !== piece[matched]) matched = again[matched - 1] ?? 0;
    if (piece[at] === piece[matched]) matched += 1;
    again[at] = matched;
  }
  for (let at = from, matched = 0; at < text.length; at++) {
    while (matched > 0 && text[at] !== piece[matched]) matched = again[matched - 1] ?? 0;
    if (text[at] === piece[matched]) matched += 1;
    if (matched === piece.length) return at + 1 - matched;
  }
  return -1;
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function pick(record: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)));
}
