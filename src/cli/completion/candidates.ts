import type { Verb } from '../commands/verb.ts';
import { verbs } from '../commands/verbs.ts';
import { type Flag, flagName } from '../frame/flag.ts';
import { commonFlags, outputFlags } from '../frame/runVerb.ts';
import { journalVerbs } from '../journalVerbs.ts';

/** Something that may be typed, and what it is. */
export type Candidate = { value: string; about: string };

/** What is known only elsewhere; each gives nothing where that cannot be asked, and soon. */
export type Sources = {
  jobs(typed: string, verb: string): Promise<Candidate[]>;
  models(): Promise<Candidate[]>;
  tasks(): Promise<Candidate[]>;
  servers(): Candidate[];
};

/** Asks the shell for files. */
export const FILES: Candidate = { value: ':files', about: '' };

/** What may stand in place of the last of these words, which follow `evald`. */
export async function candidates(words: readonly string[], sources: Sources): Promise<Candidate[]> {
  const typed = words.at(-1) ?? '';
  const [name = '', ...before] = words.slice(0, -1);
  if (words.length <= 1)
    return begun(
      typed,
      Object.entries(verbs).map(([value, { summary: about }]) => ({ value, about })),
    );
  const entry = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (entry === undefined) return [];
  if (entry.load === null) return begun(typed, await ofServer(name, typed));
  const { verb } = await entry.load();
  const flags: [string, Flag<unknown>][] = Object.entries({
    ...verb.flags,
    ...commonFlags,
    ...(verb.output && outputFlags(verb)),
  });
  const asked = flagBefore(before.at(-1), typed, flags);
  if (asked !== undefined) {
    const found = await valuesFor(asked.flag, asked, sources);
    return begun(
      typed,
      found.map(({ value, about }) => ({ value: value === ':files' ? value : asked.prefix + value, about })),
    );
  }
  if (typed.startsWith('-')) return begun(typed, flagCandidates(flags, verb));
  return begun(typed, await positional(verb, name, typed, { count: positions(before, flags), sources }));
}

const begun = (typed: string, found: readonly Candidate[]): Candidate[] =>
  found.filter(
    (candidate) => candidate === FILES || candidate.value === FILES.value || candidate.value.startsWith(typed),
  );

function flagCandidates(flags: [string, Flag<unknown>][], verb: Verb): Candidate[] {
  const more = verb.output ? [{ value: '--no-header', about: 'rows without a head' }] : [];
  return [
    ...flags.map(([key, { help }]) => ({ value: flagName(key), about: help })),
    ...more,
    { value: '--help', about: 'says more' },
  ];
}

/** The flag whose value is being typed: `--output js` and `--output=js`; undefined when it is none. */
function flagBefore(before: string | undefined, typed: string, flags: [string, Flag<unknown>][]) {
  const [, long = '', text] = /^(--[^=]+)=(.*)$/s.exec(typed) ?? [];
  const given = text === undefined ? before : long;
  const found = flags.find(
    ([key, { short }]) => given === flagName(key) || (short !== undefined && given === `-${short}`),
  );
  if (found === undefined || found[1].value === null) return undefined;
  return { name: found[0], flag: found[1], text: text ?? typed, prefix: text === undefined ? '' : `${long}=` };
}

async function valuesFor(
  { value, allowed }: Flag<unknown>,
  { name, text }: { name: string; text: string },
  sources: Sources,
): Promise<Candidate[]> {
  if (allowed !== undefined) return allowed.map((each) => ({ value: each, about: '' }));
  if (name === 'server') return sources.servers();
  if (value === 'ID') return sources.jobs(text, name);
  if (name === 'task') return sources.tasks();
  if (name === 'model') return sources.models();
  return /FILE|DIR|PATH/.test(value ?? '') ? [FILES] : [];
}

/** How many words stand before the one that is typed, without flags and their values. */
function positions(before: readonly string[], flags: [string, Flag<unknown>][]): number {
  let count = 0;
  for (let index = 0; index < before.length; index++) {
    if (before[index]?.startsWith('-') !== true) count++;
    else if (flagBefore(before[index], '', flags) !== undefined) index++;
  }
  return count;
}

type At = { count: number; sources: Sources };

/** What stands at that place by the usage: `[ID…] [OPTIONS]`, `MODEL TASK…`, `bash|zsh|fish`. */
async function positional(verb: Verb, name: string, typed: string, { count, sources }: At): Promise<Candidate[]> {
  const names = verb.usage.split(' ').filter((word) => !/OPTIONS/.test(word));
  const [, word = ''] = /^\[?([^\]…]*)/.exec(names[Math.min(count, names.length - 1)] ?? '') ?? [];
  const isLast = count >= names.length && !(names.at(-1) ?? '').includes('…');
  if (isLast) return [];
  if (/^(?:ID|JOB|BASELINE|CANDIDATE)\b/.test(word)) return sources.jobs(typed, name);
  if (word === 'MODEL') return sources.models();
  if (word === 'TASK') return sources.tasks();
  if (/^[a-z]+(\|[a-z]+)+$/.test(word)) return word.split('|').map((value) => ({ value, about: '' }));
  return /FILE|DIR|PATH/.test(word) ? [FILES] : [];
}

/** Of the commands that are no client's. */
async function ofServer(name: string, typed: string): Promise<Candidate[]> {
  if (name === 'journal') return Object.keys(journalVerbs).map((value) => ({ value, about: '' }));
  if (name === 'token') return [{ value: 'create', about: 'makes a token' }];
  if (!['serve', 'check'].includes(name) || !typed.startsWith('-')) return [];
  const { options } = await import('../../config/options.ts');
  return Object.entries(options).map(([flag, { help }]) => ({ value: `--${flag}`, about: help }));
}
