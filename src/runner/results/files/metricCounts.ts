import { runLimits } from '../../../schemas/values/limits.ts';
import type { ResultsFile } from './resultsFile.ts';

/** Of how many samples a score is, of how many of them the answer is none, and how many more have no score. Null: unknown. */
export type MetricCounts = {
  n: number | null;
  failed: number | null;
  empty: number | null;
  unscored: number | null;
};

/** What the samples file of a task says. Counts are of samples, of one filter. */
export type TaskSamples = {
  /** All of them. */
  samples: number | null;
  /** metric → samples that carry it. */
  metrics: ReadonlyMap<string, MetricCounts>;
};

export const UNKNOWN: MetricCounts = { n: null, failed: null, empty: null, unscored: null };
/** Groups within groups. lmms-eval's have three or four. */
const DEEPEST = 100;
/** What lmms-eval computes of a metric where samples are repeated. */
const OF_REPEATS = /_(?:expected_accuracy|consensus_accuracy|internal_variance|consistency_rate)$/;

/**
 * Makes what counts the samples of a score: those of the task that carry its metric; of a group, those of its parts. Each
 * part is counted once a metric, however many groups have it. A group of many parts with many metrics takes time by the
 * product: when the steps for all of them are used up, what is left is unknown.
 */
export function createCounter(file: ResultsFile, samples: ReadonlyMap<string, TaskSamples>) {
  const known = new Map<string, Map<string, MetricCounts>>();
  let steps: number = runLimits.steps;

  const countOf = (task: string, key: string, depth: number): MetricCounts => {
    const own = samples.get(task);
    if (own !== undefined) return carriersOf(own, key);
    const ofKey = known.get(key) ?? new Map<string, MetricCounts>();
    known.set(key, ofKey);
    const found = ofKey.get(task);
    if (found !== undefined) return found;
    // Met again on the way down, it is a part of itself: of how many samples it is cannot be said.
    ofKey.set(task, UNKNOWN);
    const all = partsOf(file, task);
    steps -= all.length;
    const isTooMuch = depth > DEEPEST || steps < 0;
    const parts = isTooMuch ? [] : all.filter((part) => Object.hasOwn(resultsOf(file, part), key));
    const counts = parts.length === 0 ? UNKNOWN : parts.map((part) => countOf(part, key, depth + 1)).reduce(add);
    ofKey.set(task, counts);
    return counts;
  };

  return (task: string, key: string): MetricCounts => countOf(task, key, 0);
}

function carriersOf({ metrics }: TaskSamples, key: string): MetricCounts {
  const metric = key.slice(0, key.lastIndexOf(','));
  return metrics.get(metric) ?? metrics.get(metric.replace(OF_REPEATS, '')) ?? UNKNOWN;
}

const partsOf = (file: ResultsFile, task: string): string[] =>
  Object.hasOwn(file.group_subtasks, task) ? (file.group_subtasks[task] ?? []) : [];

const resultsOf = (file: ResultsFile, task: string): object =>
  Object.hasOwn(file.results, task) ? (file.results[task] ?? {}) : {};

function add(one: MetricCounts, other: MetricCounts): MetricCounts {
  return {
    n: sum(one.n, other.n),
    failed: sum(one.failed, other.failed),
    empty: sum(one.empty, other.empty),
    unscored: sum(one.unscored, other.unscored),
  };
}

function sum(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return null;
  const both = one + other;
  return Number.isSafeInteger(both) ? both : null;
}
