import type { ResultsFile } from './resultsFile.ts';
import { isWildcard, matchesWildcard } from './wildcard.ts';

/**
 * Compares what was asked with what a results file has. A task or a group must be there by its name. For a tag or a
 * wildcard one member must be there; whether all are cannot be told, so there is a warning. So it is for a path of a
 * task's definition.
 *
 * @returns names of which nothing is there, and warnings.
 */
export function compareTasks(file: ResultsFile, tasks: readonly string[]): { missing: string[]; warnings: string[] } {
  const names = new Set([file.results, file.groups, file.group_subtasks].flatMap(Object.keys));
  const tags = new Set(Object.values(file.configs).flatMap(({ tag }) => (Array.isArray(tag) ? tag : [tag])));
  const missing: string[] = [];
  const warnings: string[] = [];
  for (const task of tasks) {
    if (names.has(task)) continue;
    const kind = undecidable(task, names, tags);
    if (kind === null) missing.push(task);
    else warnings.push(`${task} is a ${kind}: whether all of its tasks were evaluated cannot be told from the results`);
  }
  return { missing, warnings };
}

function undecidable(task: string, names: ReadonlySet<string>, tags: ReadonlySet<unknown>): string | null {
  if (tags.has(task)) return 'tag';
  if (isWildcard(task)) {
    const known = [...names, ...[...tags].filter((tag) => typeof tag === 'string')];
    if (known.some((name) => matchesWildcard(task, name))) return 'wildcard';
  }
  const isPath = task.includes('/') || /\.ya?ml$/.test(task);
  return isPath && names.size > 0 ? 'path' : null;
}
