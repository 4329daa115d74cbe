import { ownValue } from '../../../schemas/values/ownValue.ts';
import { isStandardError, LONGEST_KEY, splitKey } from '../files/metrics.ts';
import type { ResultsFile } from '../files/resultsFile.ts';
import type { TaskShape } from './taskValues.ts';

/** What lmms-eval takes for the name of the score in an object, where a task declares none. */
const SCORE = 'score';

/** How the samples of a task are to be read, by what its results say of it. */
export function taskShape(file: ResultsFile, task: string, metrics: readonly string[]): TaskShape {
  const definition = ownValue(file.configs, task) ?? {};
  const { repeats, score_key: scoreKey, cluster_key: clusterKey } = definition;
  return {
    metrics,
    filters: filtersOf(ownValue(file.results, task) ?? {}, definition['filter_list']),
    isRepeated: typeof repeats === 'number' && repeats > 1,
    scoreKey: typeof scoreKey === 'string' ? scoreKey : SCORE,
    clusterKey: typeof clusterKey === 'string' ? clusterKey : null,
  };
}

/** Those that scores are named by, in the order of the definition where that has all of them, else in that of the scores. */
function filtersOf(row: Record<string, unknown>, declared: unknown): string[] {
  const named = new Set<string>();
  for (const key of Object.keys(row)) {
    if (key.length > LONGEST_KEY || isStandardError(key, row)) continue;
    const [, filter] = splitKey(key);
    if (filter !== null) named.add(filter);
  }
  const listed = Array.isArray(declared) ? declared.map(nameOf).filter((name) => name !== null) : [];
  return listed.length > 0 && [...named].every((name) => listed.includes(name)) ? [...new Set(listed)] : [...named];
}

function nameOf(filter: unknown): string | null {
  const name: unknown = typeof filter === 'object' && filter !== null ? Reflect.get(filter, 'name') : null;
  return typeof name === 'string' ? name : null;
}

/** The tasks that a group is made of; null: it is none. */
export function membersOf(file: ResultsFile, name: string): string[] | null {
  const parts = ownValue(file.group_subtasks, name) ?? [];
  const isGroup = parts.length > 0 || Object.hasOwn(file.groups, name);
  return isGroup && !Object.hasOwn(file['n-samples'], name) ? parts : null;
}
