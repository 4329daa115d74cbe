import type { Metric, Metrics } from '../../../schemas/job/outcome.ts';
import { type ExactNumber, readNumber } from '../../../schemas/results/exactNumber.ts';
import { runLimits } from '../../../schemas/values/limits.ts';
import { ownValue } from '../../../schemas/values/ownValue.ts';
import { createCounter, type TaskSamples } from './metricCounts.ts';
import type { ResultsFile } from './resultsFile.ts';

/** metric → whether higher is better. */
export type Directions = Readonly<Record<string, boolean>>;

type Row = Record<string, unknown>;
type Read = number | ExactNumber;

/** What predict-only runs write in place of scores: the metric `bypass`, always 999. */
const PLACEHOLDER = 'bypass';
/** Numbers as Python's `str` writes them; its words for what is none are met elsewhere. */
const NUMERIC_TEXT = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const NON_FINITE_TEXT = /^\s*[+-]?(?:nan|inf|infinity)\s*$/i;
const ERRORS = ['_stderr', '_stderr_clt', '_stderr_clustered'];
const LONGEST_NAMED = 60;
/** Characters of a metric's name, with its filter. */
export const LONGEST_KEY = runLimits.name;

/**
 * The numbers of a results file, tasks and groups alike, and what could not be read. The filter `none` is not named;
 * any other stays part of the metric's name. What is not a number (a list, a path of a submission file) is left out, and
 * named in a warning.
 *
 * @param samples what was found in the samples files, by task; without it nothing is known of how many a score is of.
 * @param directions of metrics, by name: whether higher is better where the file does not say.
 */
export function metricsOf(
  file: ResultsFile,
  samples: ReadonlyMap<string, TaskSamples> = new Map(),
  directions: Directions = {},
): { metrics: Metrics; warnings: string[] } {
  const warnings: string[] = [];
  const metrics: Metrics = {};
  const countsOf = createCounter(file, samples);
  for (const [task, row] of Object.entries(file.results)) {
    const found: Metrics[string] = {};
    const before = warnings.length;
    for (const [key, written] of Object.entries(row)) {
      if (key.length > LONGEST_KEY) {
        warnings.push(`${task}: a score with a name of ${key.length} characters is left out`);
        continue;
      }
      const [metric, filter] = splitKey(key);
      if (filter === null || metric === PLACEHOLDER || isStandardError(key, row)) continue;
      // A metric with a comma in its name may be called as another one with its filter.
      const name = filter === 'none' && !(metric.includes(',') && Object.hasOwn(row, metric)) ? metric : key;
      if (name === '__proto__') {
        warnings.push(`${task}: a score with the name ${name} is left out`);
        continue;
      }
      const value = readScore(written);
      if (value === undefined) {
        warnings.push(`${task}: ${name} is no number, and is left out: ${shown(written)}`);
        continue;
      }
      if (value === null) warnings.push(`${task}: ${name} is not a finite number`);
      const errorOf = (kind: string) => readScore(row[`${metric}_stderr${kind},${filter}`]) ?? null;
      const counts = countsOf(task, key);
      const n = counts.n ?? ownValue(ownValue(file.counts ?? {}, task) ?? {}, metric) ?? null;
      found[name] = {
        value,
        filter,
        stderr: errorOf(''),
        stderr_clt: errorOf('_clt'),
        stderr_clustered: errorOf('_clustered'),
        higher_is_better: directionOf(file, task, metric) ?? ownValue(directions, metric) ?? null,
        n,
        n_failed: counts.failed,
        n_empty: counts.empty,
        n_unscored: counts.unscored ?? difference(samples.get(task)?.samples, n),
      } satisfies Metric;
    }
    metrics[task] = found;
    const isPredicted = Object.keys(row).some((key) => splitKey(key)[0] === PLACEHOLDER);
    // A group need not have one.
    if (Object.keys(found).length === 0 && warnings.length === before && !isPredicted && isTask(file, task)) {
      warnings.push(`${task} has no score`);
    }
  }
  return { metrics, warnings };
}

/** `exact_match,strict` → metric and filter; null as filter when it is not a metric's key. */
export function splitKey(key: string): [string, string | null] {
  const comma = key.lastIndexOf(',');
  return comma < 0 ? [key, null] : [key.slice(0, comma), key.slice(comma + 1)];
}

/** Whether a key is the error of another metric of the row: `acc_stderr,none`, `acc_stderr_clt,none` beside `acc,none`. */
export function isStandardError(key: string, row: Row): boolean {
  const [name, filter] = splitKey(key);
  return ERRORS.some((end) => name.endsWith(end) && Object.hasOwn(row, `${name.slice(0, -end.length)},${filter}`));
}

/** A score as it was written; null when it is none that is finite, undefined when it is no number. */
function readScore(written: unknown): Read | null | undefined {
  if (typeof written === 'number') return Number.isFinite(written) ? written : null;
  if (JSON.isRawJSON(written)) return readNumber(written.rawJSON) ?? null;
  if (typeof written !== 'string') return undefined;
  if (NON_FINITE_TEXT.test(written)) return null;
  return NUMERIC_TEXT.test(written) ? (readNumber(asJson(written)) ?? null) : undefined;
}

/** `+.5` and `1.` are numbers of Python, not of JSON. */
function asJson(text: string): string {
  const [mantissa = '', exponent] = text.trim().replace(/^\+/, '').toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  const sign = mantissa.startsWith('-') ? '-' : '';
  return `${sign}${digits}${fraction === '' ? '' : `.${fraction}`}${exponent === undefined ? '' : `e${exponent}`}`;
}

/** A score is of all samples but so many. */
function difference(all: number | null | undefined, scored: number | null): number | null {
  return typeof all === 'number' && scored !== null && all >= scored ? all - scored : null;
}

const isTask = (file: ResultsFile, name: string): boolean =>
  Object.hasOwn(file['n-samples'], name) || Object.hasOwn(file.configs, name);

function directionOf(file: ResultsFile, task: string, metric: string): boolean | null {
  const direction = file.higher_is_better[task]?.[metric];
  return typeof direction === 'boolean' ? direction : null;
}

function shown(written: unknown): string {
  const text = JSON.stringify(written) ?? 'nothing';
  return text.length > LONGEST_NAMED ? `${text.slice(0, LONGEST_NAMED)}…` : text;
}
