import { type Fault, UnfitError } from '../../../schemas/errors/errors.ts';
import type { GatePolicy } from '../../../schemas/scores/gate.ts';
import { type ComparedRun, type ScoreName, scoresOf } from './comparedRun.ts';

/** Choices that are named in a refusal. */
const MOST_NAMED = 20;

/**
 * Which score each task of a policy is about; null: neither run has the task, or the score that the policy names.
 * @throws UnfitError when a policy does not say which of several it is, or names one that neither run has.
 */
export function resolvePolicy({ tasks }: GatePolicy, a: ComparedRun, b: ComparedRun): Map<string, ScoreName | null> {
  const byTask = Map.groupBy([...scoresOf(a), ...scoresOf(b)], ({ task }) => task);
  const faults: Fault[] = [];
  const resolved = new Map<string, ScoreName | null>();
  for (const [task, policy] of Object.entries(tasks)) {
    const scores = byTask.get(task) ?? [];
    if (scores.length === 0) {
      resolved.set(task, null);
      continue;
    }
    const choose = (field: 'metric' | 'filter', choices: readonly string[]): string | null => {
      const asked = policy[field];
      const [only] = choices;
      if (asked === undefined && choices.length === 1 && only !== undefined) return only;
      if (asked !== undefined && choices.includes(asked)) return asked;
      faults.push(faultOf(task, field, asked, choices));
      return null;
    };
    const metric = choose('metric', unique(scores.map((score) => score.metric)));
    const ofMetric = scores.filter((score) => score.metric === metric);
    const filter = metric === null ? null : choose('filter', unique(ofMetric.map((score) => score.filter)));
    resolved.set(task, metric === null || filter === null ? null : { task, metric, filter });
  }
  const [first, ...others] = faults;
  if (first !== undefined) throw new UnfitError(first, ...others);
  return resolved;
}

/** The refusal of a policy that names a group, whose members are compared and not it. */
export function refuseGroups(groups: readonly { group: string; members: readonly string[] }[]): void {
  const [first, ...others] = groups.map(
    ({ group, members }): Fault => ({
      path: ['policy', 'tasks', group],
      input: group,
      message: `\`policy.tasks.${group}\` is a group, which is not compared: name its tasks: ${listed(members)}`,
    }),
  );
  if (first !== undefined) throw new UnfitError(first, ...others);
}

function faultOf(task: string, field: string, asked: string | undefined, choices: readonly string[]): Fault {
  const at = `\`policy.tasks.${task}.${field}\``;
  const message =
    asked === undefined
      ? `${at} should be given, for there are several: ${listed(choices)}`
      : `${at} should be one of ${listed(choices)}`;
  return { path: ['policy', 'tasks', task, field], input: asked ?? null, message };
}

const unique = (names: readonly string[]): string[] => [...new Set(names)];

const listed = (names: readonly string[]): string =>
  names.length > MOST_NAMED ? `${names.slice(0, MOST_NAMED).join(', ')} and more` : names.join(', ');
