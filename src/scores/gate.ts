import type { TaskComparison } from '../schemas/scores/comparison.ts';
import type { GateAnswer, TaskPolicy } from '../schemas/scores/gate.ts';
import { digits } from './adjust.ts';

type GatedTask = GateAnswer['tasks'][number];

/**
 * Judges one task of a gate by the 95 % interval of its difference: it passes when even the worse bound loses less than
 * `max_drop`, fails when even the better bound loses more, and is inconclusive in between and where nothing can be said.
 * A task without a comparison fails.
 * @param task as the policy names it. @param comparison of the scores, after adjustAll; null: one of the runs has no such score.
 */
export function gateTask(task: string, policy: TaskPolicy, comparison: TaskComparison | null): GatedTask {
  const { tier, max_drop } = policy;
  if (comparison === null) {
    const named = { metric: policy.metric ?? null, filter: policy.filter ?? null };
    const reason = `${task} is missing: the two runs have no such score in common.`;
    return { task, ...named, tier, max_drop, verdict: 'fail', reason, comparison };
  }
  const { metric, filter } = comparison;
  return { task, metric, filter, tier, max_drop, ...judge(max_drop, comparison), comparison };
}

function judge(maxDrop: number, comparison: TaskComparison): Pick<GatedTask, 'verdict' | 'reason'> {
  const { interval, higher_is_better, verdict, p_adjusted, reason } = comparison;
  const cannot = (why: string) => ({ verdict: 'inconclusive' as const, reason: `It cannot be judged: ${why}.` });
  if (interval === null) return cannot(reason ?? 'there is no test');
  // Of those, p is not adjusted: too few samples are paired.
  if (verdict === 'inconclusive' && p_adjusted === null) return cannot(reason ?? 'too few samples are paired');
  if (higher_is_better === null) return cannot('it is not known whether higher is better');
  const [worst, best] = higher_is_better ? interval : [-interval[1], -interval[0]];
  if (worst > -maxDrop) return { verdict: 'pass', reason: `It ${atMost(worst)}, and may lose ${maxDrop}.` };
  if (best < -maxDrop)
    return { verdict: 'fail', reason: `It loses ${digits(-best)} at least, and may lose ${maxDrop}.` };
  const range = `from ${digits(worst)} to ${digits(best)}`;
  return {
    verdict: 'inconclusive',
    reason: `It changes by something ${range} for the better, and may lose ${maxDrop}.`,
  };
}

const atMost = (worst: number) => (worst < 0 ? `loses ${digits(-worst)} at most` : `gains ${digits(worst)} at least`);

/**
 * The verdict of a gate: it fails by a critical or a supporting task that fails, is inconclusive by a critical one that is,
 * and passes otherwise. Advisory tasks are shown alone.
 */
export function gateVerdict(tasks: readonly Pick<GatedTask, 'tier' | 'verdict'>[]): GateAnswer['verdict'] {
  if (tasks.some(({ tier, verdict }) => tier !== 'advisory' && verdict === 'fail')) return 'fail';
  if (tasks.some(({ tier, verdict }) => tier === 'critical' && verdict === 'inconclusive')) return 'inconclusive';
  return 'pass';
}
