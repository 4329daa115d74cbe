import { errorMessage } from '../../../errors.ts';
import { SilentFilesystem } from '../../../files/fileThreads.ts';
import { RefusedFile } from '../../../files/openRunFile.ts';
import type { Comparison, TaskComparison } from '../../../schemas/scores/comparison.ts';
import { adjustAll, compareScores } from '../../../scores/compare.ts';
import type { ScoredRun } from '../../../scores/samples.ts';
import type { ResultsFile } from '../files/resultsFile.ts';
import { type ComparedRun, type OpenSource, openSource, type RunSource, type SideScore } from './comparedRun.ts';
import { type Difference, differencesOf, settingsOf, taskSettingsOf } from './configuration.ts';
import { matchScores, type Wanted } from './matchScores.ts';
import { membersOf, taskShape } from './taskShape.ts';
import { readTaskValues, type TaskValues } from './taskValues.ts';

/** What is compared, as plain data that a thread can be given. */
export type ComparisonQuestion = {
  a: ComparedRun;
  b: ComparedRun;
  /** Scores that one of these lets through. */
  wanted: readonly Wanted[];
  /** As of the query. */
  allowUnpaired: boolean;
};

/** What was found; numbers are doubles. */
export type ComparedRuns = Pick<
  Comparison,
  'comparisons' | 'groups' | 'only_a' | 'only_b' | 'configuration' | 'warnings'
>;

/** Tasks that a warning names. */
const MOST_NAMED = 10;
/** Scores that one run alone has, in an answer. */
const MOST_LISTED = 2_000;

/** What a job has written, read once however many tasks it is asked for. */
type Sources = (source: RunSource) => OpenSource;
type Pair = [a: SideScore, b: SideScore];

/**
 * Compares two runs, a task after the other, so that the samples of one task are held at a time. What cannot be read of the
 * samples of a task leaves it without a test, with the reason; nothing that runs wrote makes it throw.
 */
export async function compareRuns({ a, b, wanted, allowUnpaired }: ComparisonQuestion): Promise<ComparedRuns> {
  const opened = new Map<RunSource, OpenSource>();
  const sources: Sources = (source) => {
    const open = opened.get(source) ?? openSource(source);
    opened.set(source, open);
    return open;
  };
  const { both, onlyA, onlyB } = matchScores(a, b, wanted);
  const groups: Comparison['groups'] = [];
  const comparisons: TaskComparison[] = [];
  const configuration: Difference[] = await overallDifferences(a, b, sources);
  const warnings = [...mergedWarnings(a, 'baseline'), ...mergedWarnings(b, 'candidate')];
  for (const [task, pairs] of Map.groupBy(both, ([{ task }]) => task)) {
    const [pair] = pairs;
    if (pair === undefined) continue;
    const [{ source: sourceA }, { source: sourceB }] = pair;
    const [fileA, fileB] = [await sources(sourceA).fileOf(task), await sources(sourceB).fileOf(task)];
    const members = [fileA, fileB].map((file) => (file === null ? null : membersOf(file, task)));
    const group = members[0] ?? members[1] ?? null;
    if (group !== null) {
      groups.push({ group: task, members: group });
      continue;
    }
    if (fileA !== null && fileB !== null)
      configuration.push(...differencesOf(taskSettingsOf(fileA, task), taskSettingsOf(fileB, task), task));
    const valuesA = await valuesOf(sources(sourceA), fileA, sourceA, task, pairs);
    const valuesB = await valuesOf(sources(sourceB), fileB, sourceB, task, pairs);
    for (const pair of pairs) {
      const comparison = compared(pair, valuesA, valuesB, allowUnpaired);
      comparisons.push({ ...comparison, warnings: [...unlikeHarnesses(a, b), ...comparison.warnings] });
    }
  }
  for (const [side, { sources: own }] of Object.entries({ baseline: a, candidate: b })) {
    for (const source of own) {
      const fault = opened.get(source)?.fault() ?? null;
      if (fault !== null) warnings.push(`the results of the ${side}, job ${source.jobId}, cannot be read: ${fault}`);
    }
  }
  const names = (scores: readonly SideScore[], side: string) => {
    if (scores.length > MOST_LISTED)
      warnings.push(`the ${side} alone has ${scores.length} scores, of which ${MOST_LISTED} are listed`);
    return scores.slice(0, MOST_LISTED).map(({ task, metric, filter }) => [task, metric, filter].join(','));
  };
  const only = { only_a: names(onlyA, 'baseline'), only_b: names(onlyB, 'candidate') };
  return { comparisons: adjustAll(comparisons), groups, configuration, warnings, ...only };
}

type Values = { read: TaskValues; reason: null } | { read: null; reason: string };

/** What the scores of a task are made of; or why that cannot be known, as it goes on after "it has no samples: ". */
async function valuesOf(
  open: OpenSource,
  file: ResultsFile | null,
  { isLogged }: RunSource,
  task: string,
  pairs: readonly Pair[],
): Promise<Values> {
  const without = (reason: string): Values => ({ read: null, reason });
  const place = open.samplesOf(task);
  if (place === null) return without(isLogged ? 'none were kept' : 'none were kept (log_samples)');
  if (file === null) return without('the results file, by which they are read, is gone or cannot be read');
  const metrics = [...new Set(pairs.map(([{ metric }]) => metric))];
  try {
    const read = await readTaskValues(...place, taskShape(file, task, metrics));
    return read === null ? without('they are gone') : { read, reason: null };
  } catch (error) {
    const isRefused = error instanceof RefusedFile || error instanceof SilentFilesystem;
    return without(`they ${isRefused ? 'are not read' : 'cannot be read'}: ${errorMessage(error)}`);
  }
}

function compared([a, b]: Pair, valuesA: Values, valuesB: Values, allowUnpaired: boolean): TaskComparison {
  const { task, metric, filter } = a;
  const scored = scoredRun(a, valuesA);
  const other = scoredRun(b, valuesB);
  const higherIsBetter = directionOf(a, b);
  const comparison = compareScores(scored, other, { task, metric, filter, higherIsBetter, allowUnpaired });
  const warnings = [...unseenFailures(a, scored, 'baseline'), ...unseenFailures(b, other, 'candidate')];
  return { ...comparison, warnings: [...comparison.warnings, ...warnings] };
}

function scoredRun({ metric, filter, score: { value, stderr, n } }: SideScore, values: Values): ScoredRun {
  return { score: value, stderr, n, ...(values.read?.of(metric, filter) ?? { samples: null, reason: values.reason }) };
}

/** Under one name two harnesses may ask, read and count another way: their difference is not one of the models alone. */
function unlikeHarnesses(a: ComparedRun, b: ComparedRun): string[] {
  const [one, other] = [a, b].map(({ settings }) => settings['harness'] ?? null);
  if (one == null || other == null || one === other) return [];
  return [
    `the baseline was evaluated by ${one} and the candidate by ${other}, which may measure other things by this name`,
  ];
}

/** Null where one says it and the other says the opposite: then one of them is wrong. */
function directionOf({ score: a }: SideScore, { score: b }: SideScore): boolean | null {
  if (a.higherIsBetter === null || b.higherIsBetter === null) return a.higherIsBetter ?? b.higherIsBetter;
  return a.higherIsBetter === b.higherIsBetter ? a.higherIsBetter : null;
}

/** Answers that failed by the log, of which no sample says so, count as what they were scored. */
function unseenFailures({ score: { failed } }: SideScore, { samples }: ScoredRun, side: string): string[] {
  if (failed === null || samples === null) return [];
  const seen = samples.filter(({ value, scored }) => value === null && scored !== undefined).length;
  if (failed <= seen) return [];
  return [`${failed - seen} more answers of the ${side} failed, and which ones cannot be known: they count as scored`];
}

async function overallDifferences(a: ComparedRun, b: ComparedRun, sources: Sources): Promise<Difference[]> {
  const [one, other] = [await sources(a.sources[0]).any(), await sources(b.sources[0]).any()];
  // What only one file says may be the same in the other, which is gone.
  if (one === null || other === null) return differencesOf(a.settings, b.settings);
  return differencesOf({ ...settingsOf(one), ...a.settings }, { ...settingsOf(other), ...b.settings });
}

function mergedWarnings({ sources: [own, ...repeated] }: ComparedRun, side: string): string[] {
  const taken = new Set(Object.keys(own.scores));
  return repeated.flatMap(({ jobId, scores }) => {
    const tasks = Object.keys(scores).filter((task) => !taken.has(task));
    for (const task of tasks) taken.add(task);
    if (tasks.length === 0) return [];
    const named = tasks.slice(0, MOST_NAMED).join(', ') + (tasks.length > MOST_NAMED ? ', …' : '');
    return [`the scores of the ${side} of ${named} are those of job ${jobId}, which it repeats`];
  });
}
