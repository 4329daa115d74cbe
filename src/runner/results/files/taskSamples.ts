import { RefusedFile, type RunFolder } from '../../../files/openRunFile.ts';
import { samplesTask } from '../../../schemas/results/samplesName.ts';
import type { OwnResults } from '../judging/candidates.ts';
import { type MetricCounts, UNKNOWN } from './metricCounts.ts';
import { isStandardError, LONGEST_KEY, splitKey } from './metrics.ts';
import type { ResultsFile } from './resultsFile.ts';
import { type Claim, readSamplesFile, type SamplesContent } from './samplesFile.ts';

/** Metrics of a task whose samples are counted: each is looked for in every sample. */
const MOST_METRICS = 1_000;

/** What the samples file of a task says. Counts are of samples, of one filter; null: unknown. */
export type TaskContent = {
  task: string;
  samples: number | null;
  failed: number | null;
  empty: number | null;
  /** Empty answers that were not scored as right. */
  silent: number | null;
  /** Requests that failed. */
  failures: number;
  /** Samples that say that their judgement failed. */
  unjudged: number;
  /** Filters: what is logged of a sample is logged once for each. */
  filters: number;
  /** Samples without a count of tokens. */
  uncounted: number | null;
  metrics: Map<string, MetricCounts>;
  /** The harness's words of the first answer that failed. */
  first: string | null;
  /** What is wrong with the samples; null: nothing. */
  fault: string | null;
};

/**
 * Reads the samples files of a run, a task after the other.
 *
 * @param isWanted whether samples were asked for: then a task without its file lacks them.
 */
export async function readTaskSamples(
  { file, samples }: Pick<OwnResults, 'file' | 'samples'>,
  folder: RunFolder,
  isWanted: boolean,
): Promise<TaskContent[]> {
  const paths = new Map(samples.map((path) => [samplesTask(path), path]));
  const tasks = new Set([file['n-samples'], file.configs].flatMap(Object.keys));
  const contents: TaskContent[] = [];
  for (const task of new Set([...tasks, ...paths.keys()])) {
    const claim = { ...claimOf(file, task), counts: own(file.counts ?? {}, task) };
    const path = paths.get(task);
    if (path !== undefined) contents.push(await readOne(task, folder, path, claim));
    else if (claim.ids?.count === 0) contents.push(nothingOf(task, 0, null));
    else {
      const isMissing = isWanted && tasks.has(task) && file.samplesAreOptional !== true;
      contents.push(nothingOf(task, claim.ids?.count ?? most(claim.counts), isMissing ? 'it is missing' : null));
    }
  }
  return contents;
}

/** Of each metric, where the harness says it, how many samples it is of. */
type Counted = { counts: Record<string, number> };

async function readOne(task: string, folder: RunFolder, path: string, claim: Claim & Counted): Promise<TaskContent> {
  const claimed = claim.ids?.count ?? most(claim.counts);
  const content = await readSamplesFile(folder, path, claim).catch((error) => {
    if (error instanceof RefusedFile) return error;
    throw error;
  });
  if (content === null) return nothingOf(task, claimed, 'it is gone');
  if (content instanceof RefusedFile) return nothingOf(task, claimed, `${path} ${content.reason}`);
  const { filters } = claim;
  if (content.unread > 0) {
    const samples = wholePart(content.rows, filters);
    return { ...nothingOf(task, samples, content.fault), filters, failures: content.failures, first: content.first };
  }
  return {
    ...countsOf(content, filters),
    task,
    first: content.first,
    fault: content.fault ?? countFault(content, claim),
  };
}

/** A metric is of the samples that carry it; of all where none does. */
function countFault(content: SamplesContent, { counts }: Counted): string | null {
  for (const [metric, n] of Object.entries(counts)) {
    const carriers = content.metrics.get(metric)?.rows ?? 0;
    const rows = carriers || content.rows;
    if (rows !== n)
      return `it has ${rows} rows${carriers ? ` with ${metric}` : ''}, and the results say ${metric} of ${n} samples`;
  }
  return null;
}

const most = (counts: Record<string, number>): number | null =>
  Object.keys(counts).length === 0 ? null : Math.max(...Object.values(counts));

function countsOf(content: SamplesContent, filters: number) {
  const of = (rows: number) => wholePart(rows, filters);
  const metrics = [...content.metrics].map(([name, { rows, failed, empty }]) => {
    // A metric that no sample has is not one of samples.
    const counts = { n: of(rows), failed: of(failed), empty: of(empty), unscored: of(content.rows - rows) };
    return [name, rows === 0 ? UNKNOWN : counts] as const;
  });
  return {
    samples: of(content.rows),
    failed: of(content.failed),
    empty: of(content.empty),
    silent: of(content.silent),
    failures: Math.ceil(content.failures / filters),
    unjudged: Math.ceil(content.unjudged / filters),
    filters,
    uncounted: of(content.uncounted),
    metrics: new Map(metrics),
  };
}

function nothingOf(task: string, samples: number | null, fault: string | null): TaskContent {
  const isNone = samples === 0 ? 0 : null;
  return {
    task,
    samples,
    failed: isNone,
    empty: isNone,
    silent: isNone,
    failures: 0,
    unjudged: 0,
    filters: 1,
    uncounted: isNone,
    metrics: new Map(),
    first: null,
    fault,
  };
}

/** Rows of one filter: each has as many. Null when it does not come out even. */
function wholePart(rows: number, filters: number): number | null {
  return rows % filters === 0 ? rows / filters : null;
}

/** lmms-eval's `effective` does not know of `--offset`. */
function claimOf(file: ResultsFile, task: string): Claim {
  const { original, effective } = file.counts === undefined ? own(file['n-samples'], task) : {};
  const { offset } = file.config;
  const first = isCount(offset) ? offset : 0;
  const left = isCount(original) ? Math.max(0, original - first) : Number.POSITIVE_INFINITY;
  const ids = isCount(effective) ? { first, count: Math.min(effective, left) } : null;
  const row = own(file.results, task);
  const keys = Object.keys(row).filter((key) => {
    return key.length <= LONGEST_KEY && splitKey(key)[1] !== null && !isStandardError(key, row);
  });
  const filters = new Set(keys.map((key) => splitKey(key)[1]));
  const listed = own(file.configs, task)['filter_list'];
  const most = filters.size > 0 || !Array.isArray(listed) ? filters.size : listed.length;
  return {
    ids,
    filters: Math.max(1, most),
    metrics: new Set(keys.map((key) => splitKey(key)[0]).slice(0, MOST_METRICS)),
  };
}

const own = <T>(record: Record<string, Record<string, T>>, name: string): Record<string, T> =>
  Object.hasOwn(record, name) ? (record[name] ?? {}) : {};

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
