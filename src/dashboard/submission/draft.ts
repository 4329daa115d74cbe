import type { JobInfo, SubmissionInput } from '../../client/index.ts';
import { MASK } from '../../schemas/secrets/secrets.ts';
import { readValue, splitList } from '../../text/values.ts';
import { quoted } from './copyAs.ts';
import { type FlagName, flagNames, type TextName, textNames } from './fields.ts';

/** A name and a value, as they are typed. */
export type Pair = { name: string; value: string };

/** A submission while it is written: what was typed, whatever it is worth. */
export type Draft = {
  model: string;
  tasks: readonly string[];
  args: readonly Pair[];
  labels: readonly Pair[];
  texts: { readonly [name in TextName]: string };
  flags: { readonly [name in FlagName]: boolean };
};

/** The argument that names a checkpoint; it is asked for first. */
const CHECKPOINT = 'pretrained';

const emptyDraft: Draft = {
  model: '',
  tasks: [],
  args: [{ name: CHECKPOINT, value: '' }],
  labels: [],
  texts: Object.fromEntries(textNames.map((name) => [name, ''])) as Draft['texts'],
  flags: { log_samples: true, predict_only: false, after_any: false, split: false },
};

/** Fields that are numbers where they are written as such. What is none is sent as it is: the server says what is wrong. */
const NUMBERS: ReadonlySet<string> = new Set<TextName>([
  'num_gpus',
  'cpus',
  'limit',
  'num_fewshot',
  'batch_size',
  'priority',
  'timeout',
  'stall_timeout',
  'ready_timeout',
]);

/** What a draft asks for; what was left empty is left out. The server checks it. */
export function submissionOfDraft({ model, tasks, args, labels, texts, flags }: Draft): SubmissionInput {
  const written = Object.entries(texts).flatMap(([name, text]): [string, unknown][] => {
    const plain = text.trim();
    if (plain === '') return [];
    if (name === 'after') return [[name, plain.split(/[\s,]+/).filter(Boolean)]];
    return [[name, NUMBERS.has(name) ? numberOr(plain) : plain]];
  });
  const asked = Object.entries(flags).filter(([name, value]) => value !== emptyDraft.flags[name as FlagName]);
  const given = Object.fromEntries([...written, ...asked]) as Partial<SubmissionInput>;
  const some = <T>(pairs: readonly Pair[], read: (value: string) => T): { [name: string]: T } | undefined => {
    const typed = pairs.filter(({ name, value }) => name.trim() !== '' && value !== '');
    return typed.length === 0
      ? undefined
      : Object.fromEntries(typed.map(({ name, value }) => [name.trim(), read(value)]));
  };
  const [modelArgs, named] = [some(args, readValue), some(labels, labelOf)];
  return {
    model: model.trim(),
    tasks: [...tasks],
    ...(modelArgs && { model_args: modelArgs }),
    ...given,
    ...(named && { labels: named }),
  };
}

/** The request of a job, to be changed. Credentials are `***` in it: they have to be typed again. */
export function draftOfJob(job: JobInfo): Draft {
  const { request } = job;
  const textOf = (name: TextName): string => {
    const value: unknown = name in request ? request[name as keyof typeof request] : job[name as keyof JobInfo];
    if (Array.isArray(value)) return value.map(name === 'engine_args' ? quoted : String).join(' ');
    if (name === 'retry' && job.retry !== null) return `${job.retry.max}:${job.retry.on.join()}`;
    const isUsual = value === null || (name === 'priority' && value === 0);
    if (isUsual) return '';
    // These are never read as JSON.
    return typeof value === 'string' ? value : JSON.stringify(value);
  };
  const { log_samples, predict_only } = request;
  return {
    model: request.model,
    tasks: request.tasks,
    args: withCheckpoint(pairsOf(request.model_args ?? {})),
    labels: pairsOf(job.labels),
    texts: Object.fromEntries(textNames.map((name) => [name, textOf(name)])) as Draft['texts'],
    flags: { log_samples, predict_only, after_any: job.after_any, split: job.split },
  };
}

/** What an address fills in: any field by its name, `tasks` with commas, `model_args` and `labels` as `a=1,b=x`. */
export function draftOfQuery(query: URLSearchParams): Draft {
  const pairs = (name: string): Pair[] =>
    splitList(query.get(name) ?? '').flatMap((text) => {
      const at = text.indexOf('=');
      return at < 1 ? [] : [{ name: text.slice(0, at).trim(), value: text.slice(at + 1) }];
    });
  const flag = (name: FlagName) => {
    const value = query.get(name);
    return value === null ? emptyDraft.flags[name] : value !== 'false' && value !== '0';
  };
  return {
    model: query.get('model') ?? '',
    tasks: splitNames(query.get('tasks') ?? ''),
    args: withCheckpoint(pairs('model_args')),
    labels: pairs('labels'),
    texts: Object.fromEntries(textNames.map((name) => [name, query.get(name) ?? ''])) as Draft['texts'],
    flags: Object.fromEntries(flagNames.map((name) => [name, flag(name)])) as Draft['flags'],
  };
}

/** Names that were typed or pasted with commas or line ends between them. */
export const splitNames = (text: string): string[] =>
  text
    .split(/[,\r\n]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** Names of arguments whose value the server keeps back. */
export const maskedNames = ({ args, texts }: Draft): string[] => [
  ...args.filter(({ value }) => value.includes(MASK)).map(({ name }) => name),
  ...textNames.filter((name) => texts[name].includes(MASK)),
];

const pairsOf = (values: { readonly [name: string]: unknown }): Pair[] =>
  Object.entries(values).map(([name, value]) => ({ name, value: argText(value) }));

const withCheckpoint = (pairs: readonly Pair[]): Pair[] => [
  pairs.find(({ name }) => name === CHECKPOINT) ?? { name: CHECKPOINT, value: '' },
  ...pairs.filter(({ name }) => name !== CHECKPOINT),
];

/** A value as it would be typed: a text as it is, unless it would be read as something else. */
function argText(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value !== '' && readValue(value) === value ? value : JSON.stringify(value);
}

/** Labels are texts or numbers: a text that looks like a number stands in quotes. */
function labelOf(text: string): number | string {
  const value = readValue(text);
  return typeof value === 'number' || typeof value === 'string' ? value : text;
}

/** A number where a text is one as JSON writes it back: `007` and `1e999` stay texts. */
function numberOr(text: string): number | string {
  const value = readValue(text);
  return typeof value === 'number' ? value : text;
}
