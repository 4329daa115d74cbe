import type { Metrics } from '../../schemas/outcome.ts';
import type { ResultsFile } from './resultsFile.ts';

type Row = Record<string, unknown>;

/** What predict-only runs write in place of scores: the metric `bypass`, always 999. */
const PLACEHOLDER = 'bypass';

/**
 * The numbers of a results file, tasks and groups alike, and what could not be read. The filter `none` is not named;
 * any other stays part of the metric's name. What is not a number (a list, a path of a submission file) is left out.
 */
export function metricsOf(file: ResultsFile): { metrics: Metrics; warnings: string[] } {
  const warnings: string[] = [];
  const metrics: Metrics = {};
  for (const [task, row] of Object.entries(file.results)) {
    const found: Metrics[string] = {};
    for (const [key, value] of Object.entries(row)) {
      const [metric, filter] = splitKey(key);
      if (filter === null || metric === PLACEHOLDER || typeof value !== 'number' || isStandardError(key, row)) continue;
      const name = filter === 'none' ? metric : key;
      if (!Number.isFinite(value)) warnings.push(`${task}: ${name} is not a finite number`);
      found[name] = {
        value: finite(value),
        stderr: finite(row[`${metric}_stderr,${filter}`]),
        higher_is_better: directionOf(file, task, metric),
        n: samplesOf(file, task, key, new Set()),
      };
    }
    metrics[task] = found;
  }
  return { metrics, warnings };
}

/** `exact_match,strict` → metric and filter; null as filter when it is not a metric's key. */
function splitKey(key: string): [string, string | null] {
  const comma = key.lastIndexOf(',');
  return comma < 0 ? [key, null] : [key.slice(0, comma), key.slice(comma + 1)];
}

/** Whether a key is the error of another metric of the row: `acc_stderr,none`, `acc_stderr_clt,none` beside `acc,none`. */
function isStandardError(key: string, row: Row): boolean {
  const [name, filter] = splitKey(key);
  for (let at = name.indexOf('_stderr'); at >= 0; at = name.indexOf('_stderr', at + 1)) {
    const rest = name.slice(at + '_stderr'.length);
    if ((rest === '' || rest.startsWith('_')) && `${name.slice(0, at)},${filter}` in row) return true;
  }
  return false;
}

function directionOf(file: ResultsFile, task: string, metric: string): boolean | null {
  const direction = file.higher_is_better[task]?.[metric];
  return typeof direction === 'boolean' ? direction : null;
}

/** Samples of a task; of a group, those of its parts that have the metric. @param above groups on the way here. */
function samplesOf(file: ResultsFile, task: string, key: string, above: ReadonlySet<string>): number | null {
  const own = file['n-samples'][task];
  if (own !== undefined) return wholeNumber(own['effective']);
  if (above.has(task)) return null;
  const parts = (file.group_subtasks[task] ?? []).filter((part) => key in (file.results[part] ?? {}));
  if (parts.length === 0) return null;
  const counts = parts.map((part) => samplesOf(file, part, key, new Set([...above, task])));
  return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** "N/A" and what else is no finite number is null. */
function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
