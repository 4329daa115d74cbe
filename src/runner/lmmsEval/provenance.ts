import type { LmmsEvalOptions } from './options.ts';
import type { ResultsFile } from './resultsFile.ts';

/** Options that change the numbers, and of which lmms-eval notes what it was given. */
const COMPARED = ['model', 'tasks', 'model_args', 'limit', 'num_fewshot', 'gen_kwargs'];
const HIDDEN = /\[REDACTED\]|\*{8,}/;

/**
 * What a results file notes that is not what we asked, in words: it is of another run that writes into the same folder
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

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN).toWellFormed()}…` : text;
}

function isSame(noted: unknown, asked: string): boolean {
  if (noted === null || noted === undefined) return asked === '';
  if (typeof noted === 'number') return asked === '' ? false : Number(asked) === noted;
  // Another version may note a structure: then it cannot be compared.
  return typeof noted !== 'string' || matchesHidden(noted, asked);
}

/** lmms-eval hides secrets, and so does evald before it judges: in their place anything may stand. */
function matchesHidden(noted: string, asked: string): boolean {
  const [head = '', ...rest] = noted.split(HIDDEN);
  const tail = rest.pop();
  if (tail === undefined) return noted === asked;
  if (!asked.startsWith(head)) return false;
  let at = head.length;
  for (const piece of rest) {
    const found = asked.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return asked.length - tail.length >= at && asked.endsWith(tail);
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function pick(record: Record<string, unknown>, names: string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)));
}
