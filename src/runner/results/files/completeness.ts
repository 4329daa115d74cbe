import type { ResolvedTask } from '../../../schemas/job/run.ts';
import { runLimits } from '../../../schemas/values/limits.ts';
import { isPattern } from '../../../schemas/values/text.ts';
import { type Steps, wildcard } from '../../../schemas/values/wildcard.ts';
import type { ResultsFile } from './resultsFile.ts';

/**
 * Compares what was asked with what a results file has. A task or a group must be there by its name, and all parts of a group. For a tag or a
 * wildcard one member must be there; whether all are cannot be known, so there is a warning. So it is for a path of a
 * task's definition. Where it is known what the names stand for, all of that must be there.
 *
 * @returns names of which something that must be there is not, and warnings.
 */
export function compareTasks(
  file: ResultsFile,
  tasks: readonly string[],
  resolved?: readonly ResolvedTask[],
): { missing: string[]; warnings: string[] } {
  if (resolved !== undefined) {
    const lacking = resolved.filter((one) => one.tasks.some((task) => !Object.hasOwn(file.results, task)));
    return { missing: lacking.map(({ asked }) => asked), warnings: [] };
  }
  const names = new Set([file.results, file.groups, file.group_subtasks].flatMap(Object.keys));
  const absent = withoutResults(file);
  const tags = new Set(Object.values(file.configs).flatMap(({ tag }) => (Array.isArray(tag) ? tag : [tag])));
  const missing: string[] = [];
  const warnings: string[] = [];
  const steps = { left: runLimits.matchingSteps };
  for (const task of tasks) {
    if (absent.has(task)) missing.push(task);
    if (names.has(task) || absent.has(task)) continue;
    const kind = undecidable(task, names, tags, steps);
    if (kind === null) missing.push(task);
    else warnings.push(`${task} is a ${kind}: whether all of its tasks were evaluated cannot be told from the results`);
  }
  return { missing, warnings };
}

/** Tasks that a results file names as parts and has no results of, and the groups that they are in. */
function withoutResults(file: ResultsFile): Set<string> {
  const rows = new Set([file.results, file.groups].flatMap(Object.keys));
  const named = Object.entries(file.group_subtasks);
  const groups = new Set(named.filter(([, parts]) => parts.length > 0).map(([name]) => name));
  const absent = named
    .flatMap(([name, parts]) => [name, ...parts])
    .filter((name) => !rows.has(name) && !groups.has(name));
  return new Set([...absent, ...groupsOf(groupsAbove(file), absent)]);
}

const isName = (tag: unknown): tag is string => typeof tag === 'string' && tag.length <= runLimits.name;

function undecidable(
  task: string,
  names: ReadonlySet<string>,
  tags: ReadonlySet<unknown>,
  steps: Steps,
): string | null {
  if (tags.has(task)) return 'tag';
  if (isPattern(task)) {
    const matches = wildcard(task, steps);
    if (names.values().some(matches) || tags.values().some((tag) => isName(tag) && matches(tag))) {
      return 'wildcard';
    }
  }
  const isPath = task.includes('/') || /\.ya?ml$/.test(task);
  return isPath && names.size > 0 ? 'path' : null;
}

/** Tasks whose groups are looked for. Of more, all names of the request are meant. */
const MOST_PARTS = 100;

/** Which names of a request tasks were evaluated for: their own, their groups, their tags, a wildcard; else all of them. */
export function requestedTasks(
  file: ResultsFile,
  tasks: readonly string[],
  parts: readonly string[],
  resolved?: readonly ResolvedTask[],
): string[] {
  if (resolved !== undefined) {
    const lacking = new Set(parts);
    const meant = resolved.filter((one) => one.tasks.some((task) => lacking.has(task))).map(({ asked }) => asked);
    return meant.length > 0 ? meant : [...tasks];
  }
  if (parts.length > MOST_PARTS) return [...tasks];
  const above = groupsAbove(file);
  const steps = { left: runLimits.matchingSteps };
  const meant = parts.map((part) => {
    const names = new Set([part, ...groupsOf(above, [part])]);
    const { tag } = file.configs[part] ?? {};
    const tags = new Set<unknown>(Array.isArray(tag) ? tag : [tag]);
    return tasks.filter((task) => {
      if (names.has(task) || tags.has(task)) return true;
      return isPattern(task) && names.values().some(wildcard(task, steps));
    });
  });
  if (meant.some(({ length }) => length === 0)) return [...tasks];
  const all = new Set(meant.flat());
  return tasks.filter((task) => all.has(task));
}

/** part → the groups that have it. */
function groupsAbove(file: ResultsFile): ReadonlyMap<string, string[]> {
  const above = new Map<string, string[]>();
  for (const [group, parts] of Object.entries(file.group_subtasks)) {
    for (const name of parts) {
      const groups = above.get(name);
      if (groups === undefined) above.set(name, [group]);
      else groups.push(group);
    }
  }
  return above;
}

/** The groups that tasks are in, those above them too. Looks at each group once. */
function groupsOf(above: ReadonlyMap<string, string[]>, parts: readonly string[]): Set<string> {
  const found = new Set<string>();
  const open = [...parts];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    for (const group of above.get(name) ?? []) {
      if (!found.has(group)) open.push(group);
      found.add(group);
    }
  }
  return found;
}
