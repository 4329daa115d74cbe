import { digits } from './digits.ts';
import { shapes } from './shapes.ts';
import type { DemoTask } from './task.ts';

/** Tasks asked for under one name and scored together. */
export type DemoGroup = { readonly name: string; readonly tasks: readonly DemoTask[] };

/** What a run evaluates: every task once, and the groups through which it was asked for. */
export type Selection = { readonly tasks: readonly DemoTask[]; readonly groups: readonly DemoGroup[] };

const TASKS: readonly DemoTask[] = [digits, shapes];
const GROUPS: readonly DemoGroup[] = [{ name: 'demo', tasks: TASKS }];

/** Every name that can be asked for, groups first. */
export const TASK_NAMES: readonly string[] = [...GROUPS, ...TASKS].map((entry) => entry.name);

/** Some of the names asked for are no tasks. */
export class UnknownTasksError extends Error {
  override name = 'UnknownTasksError';
  readonly missing: readonly string[];

  constructor(missing: readonly string[]) {
    super(`Tasks not found: ${missing.join(', ')}. The demo has: ${TASK_NAMES.join(', ')}`);
    this.missing = missing;
  }
}

/**
 * The tasks behind names, groups and wildcards (`*`).
 *
 * @throws UnknownTasksError for a name without `*` that is not there; Error when nothing at all is selected.
 */
export function selectTasks(asked: readonly string[]): Selection {
  const missing = asked.filter((name) => !name.includes('*') && !TASK_NAMES.includes(name));
  if (missing.length > 0) throw new UnknownTasksError(missing);
  const wanted = (entry: { name: string }) => asked.some((name) => matcher(name)(entry.name));
  const groups = GROUPS.filter(wanted);
  const tasks = TASKS.filter((task) => wanted(task) || groups.some((group) => group.tasks.includes(task)));
  if (tasks.length === 0) throw new Error('No tasks specified, or no tasks found. Please verify the task names.');
  return { tasks, groups };
}

function matcher(pattern: string): (name: string) => boolean {
  const literal = pattern.split('*').map((part) => RegExp.escape(part));
  const expression = new RegExp(`^${literal.join('.*')}$`);
  return (name) => expression.test(name);
}
