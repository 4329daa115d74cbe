import type { Answers, TaskAnswers } from '../../../schemas/job/outcome.ts';
import type { LogErrors, Logged } from '../judging/outputFormat.ts';
import type { ResultsFile } from './resultsFile.ts';
import type { TaskContent } from './taskSamples.ts';

/** Of the answers to a task: how large a part may be none before its scores are not taken for its own. From 0 to 1. */
export type AnswerLimits = { failed: number; empty: number };

/** A model may say nothing at times; a request that fails says nothing of the model. */
export const defaultLimits: AnswerLimits = { failed: 0.01, empty: 0.5 };

/** Of the answers to a task: beyond it a warning says how large the part is that is none. */
const MANY = 0.05;

/** What became of the answers of a run. */
export type CountedAnswers = {
  answers: TaskAnswers;
  /** Tasks with more answers that are none than there may be, and what of them. */
  tooMany: { task: string | null; what: string }[];
  /** The harness's words of the first answer or judgement that failed. */
  first: string | null;
  /** Those of tasks of which many answers are none come first. */
  warnings: string[];
};

/**
 * Counts what became of the answers, from samples and from the log, and writes into the samples what the log adds to
 * them. The log says how many answers a model did not get, but not of which task; a judgement that failed it says by task.
 */
export function countAnswers(
  file: ResultsFile,
  contents: TaskContent[],
  log: LogErrors,
  limits: AnswerLimits,
): CountedAnswers {
  const many: string[] = [];
  const warnings: string[] = [];
  const marked = contents.find(({ first }) => first !== null)?.first ?? null;
  const unmarked = unmarkedFailures(file, contents, log);
  const { unplaced, surplus } = placeFailures(contents, unmarked);
  for (const content of contents) addJudgements(content, log.judgements.get(content.task));
  const judged = [...log.judgements.values()].find(({ count }) => count > 0)?.first ?? null;
  const first = marked ?? log.answers.first ?? judged;
  const cached = cachedOf(file, contents, log);

  const answers: TaskAnswers = {};
  const tooMany: CountedAnswers['tooMany'] = [];
  for (const content of contents) {
    const counts = answersOf(content, file.cached?.[content.task] ?? cached.get(content.task) ?? null);
    answers[content.task] = counts;
    const { samples, silent, task } = content;
    for (const [kind, verb] of [
      ['failed', 'failed'],
      ['empty', 'are empty'],
    ] as const) {
      const count = counts[kind];
      if (count === null || count === 0) continue;
      const what = `${count} of ${samples ?? 'its'} answers of ${task} ${verb}`;
      const share = kind === 'failed' || !counts.failed ? shareOf(counts, silent, samples) : '';
      const words = kind === 'failed' ? (content.first ?? log.answers.first) : null;
      const place = share === '' ? warnings : many;
      place.push(words === null ? `${what}${share}` : `${what}${share}, the first with: ${words}`);
      const counted = kind === 'failed' ? count : (silent ?? 0);
      if (isMore(counted, samples, limits[kind])) tooMany.push({ task, what: beyond(what, limits[kind]) });
    }
    if ((counts.cached ?? 0) > 0) warnings.push(`${counts.cached} answers of ${task} are from a cache of earlier runs`);
  }
  if (unplaced > 0) {
    const samples = sum(contents.map((content) => content.samples));
    const what = `${unplaced} of ${samples ?? 'the'} answers failed, by the log`;
    const words = log.answers.first === null ? '' : `, the first with: ${log.answers.first}`;
    const share = shareOf({ failed: unplaced, empty: null }, null, samples);
    const place = share === '' ? warnings : many;
    place.push(`${what}${share}${words}; of which task they are cannot be known`);
    if (isMore(unplaced, samples, limits.failed)) tooMany.push({ task: null, what: beyond(what, limits.failed) });
  }
  if (surplus > 0) {
    warnings.push(`the log has ${errors(surplus)} of the model that no answer shows, the first: ${log.answers.first}`);
  }
  if (log.others.count > 0) {
    warnings.push(`the log has ${errors(log.others.count)} while samples were scored, the first: ${log.others.first}`);
  }
  if ((log.cached ?? 0) > 0 && [...cached.values()].includes(null)) {
    warnings.push(`${log.cached} answers are from a cache of earlier runs; of which tasks cannot be known`);
  }
  return { answers, tooMany, first, warnings: [...many, ...warnings] };
}

/** Answers that failed by the log, or for want of a budget, and of which no sample says so. */
function unmarkedFailures(file: ResultsFile, contents: readonly TaskContent[], log: LogErrors): number {
  const marked = contents.reduce((total, { failures }) => total + failures, 0);
  const samples = sum(contents.map((content) => content.samples)) ?? 0;
  const unasked = contents.some(({ failed }) => failed === null) ? unaskedFor(file, samples) : 0;
  return Math.max(0, log.answers.count - marked, unasked - marked);
}

/** Samples that were not asked because the budget of tokens was used up. */
function unaskedFor({ usage }: ResultsFile, samples: number): number {
  if (usage['budget_exceeded'] !== true) return 0;
  const sources = usage['by_source'];
  const model: unknown = typeof sources === 'object' && sources !== null ? Reflect.get(sources, 'model') : null;
  const calls: unknown = typeof model === 'object' && model !== null ? Reflect.get(model, 'n_api_calls') : null;
  return typeof calls === 'number' ? Math.max(0, samples - calls) : 0;
}

/**
 * A model that logs an error mostly gives an empty answer in its place: so many of the empty answers are failed ones.
 * @returns failed answers of which it cannot be known of which task they are, and errors that are of no answer.
 */
function placeFailures(contents: TaskContent[], failures: number): { unplaced: number; surplus: number } {
  const nowhere = { unplaced: 0, surplus: 0 };
  if (failures === 0) return nowhere;
  const asked = contents.filter(({ samples }) => samples !== 0);
  const empty = sum(asked.map((content) => content.empty));
  const only = asked.length === 1 ? asked[0] : undefined;
  if (empty === null) {
    if (only === undefined) return { ...nowhere, unplaced: failures };
    only.failed = Math.min((only.failed ?? 0) + failures, only.samples ?? Number.MAX_SAFE_INTEGER);
    return nowhere;
  }
  if (failures >= empty) {
    for (const content of asked) takeEmptyAsFailed(content, content.empty ?? 0);
    return { ...nowhere, surplus: failures - empty };
  }
  if (only === undefined) return { ...nowhere, unplaced: failures };
  takeEmptyAsFailed(only, failures);
  return nowhere;
}

function takeEmptyAsFailed(content: TaskContent, count: number): void {
  const isAll = count === content.empty;
  content.failed = (content.failed ?? 0) + count;
  content.empty = (content.empty ?? 0) - count;
  content.silent = Math.max(0, (content.silent ?? 0) - count);
  if (count === 0) return;
  for (const [name, counts] of content.metrics) {
    const { failed, empty } = counts;
    const both = failed === null || empty === null ? null : failed + empty;
    content.metrics.set(name, { ...counts, ...(isAll ? { failed: both, empty: 0 } : { failed: null, empty: null }) });
  }
}

/** Whether a judgement failed of an answer that had failed before cannot be known: they are taken for others. */
function addJudgements(content: TaskContent, judgements: Logged | undefined): void {
  const count = Math.ceil((judgements?.count ?? 0) / content.filters) - content.unjudged;
  content.first ??= judgements?.first ?? null;
  if (count <= 0) return;
  const add = (failed: number | null, empty: number | null, most: number | null) =>
    Math.min((failed ?? 0) + count, most === null ? Number.MAX_SAFE_INTEGER : most - (empty ?? 0));
  content.failed = add(content.failed, content.empty, content.samples);
  for (const [name, counts] of content.metrics) {
    const { n, failed, empty } = counts;
    content.metrics.set(name, { ...counts, failed: n === null ? null : add(failed, empty, n) });
  }
}

function cachedOf(
  { config }: ResultsFile,
  contents: readonly TaskContent[],
  log: LogErrors,
): Map<string, number | null> {
  const hits = (config['use_cache'] ?? null) === null ? 0 : log.cached;
  const asked = contents.filter(({ samples }) => samples !== 0);
  const all = sum(asked.map(({ samples }) => samples));
  const uncounted = sum(asked.map((content) => content.uncounted));
  const of = ({ samples, uncounted: own }: TaskContent): number | null => {
    if (hits === null || samples === null) return null;
    if (hits === 0 || samples === 0) return 0;
    if (hits >= (all ?? Number.POSITIVE_INFINITY)) return samples;
    if (asked.length === 1) return Math.min(hits, samples);
    return hits === uncounted ? own : null;
  };
  return new Map(contents.map((content) => [content.task, of(content)]));
}

function answersOf({ samples, failed, empty }: TaskContent, cached: number | null): Answers {
  const answered = samples === null || failed === null || empty === null ? null : Math.max(0, samples - failed - empty);
  return { answered, empty, failed, cached };
}

function isMore(count: number, samples: number | null, limit: number): boolean {
  return samples !== null && count > 0 && count > limit * samples;
}

/** How large the part is that is none, where it is a large one; else nothing. @param silent empty ones that are not right. */
function shareOf(
  { failed, empty }: Pick<Answers, 'failed' | 'empty'>,
  silent: number | null,
  samples: number | null,
): string {
  if (samples === null || !isMore((failed ?? 0) + (silent ?? 0), samples, MANY)) return '';
  const none = (failed ?? 0) + (empty ?? 0);
  const others = failed && empty ? `with the ${empty} that are empty ` : '';
  return ` (${others}${percent(none / samples, 3)}, more than ${percent(MANY)})`;
}

const beyond = (what: string, limit: number): string => `${what}, and at most ${percent(limit)} may`;

const percent = (part: number, digits = 6): string => `${Number((part * 100).toPrecision(digits))} %`;

function sum(counts: readonly (number | null)[]): number | null {
  return counts.reduce((total, count) => (total === null || count === null ? null : total + count), 0);
}

const errors = (count: number): string => (count === 1 ? '1 error' : `${count} errors`);
