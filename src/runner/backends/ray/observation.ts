import type { Exit } from '../../../machines/ports/runner.ts';
import type { EngineAnswer, TrackerEvent, TrackerRules } from '../../../machines/runTracker/runTrackerRules.ts';
import { endedByCluster, hasEnded, hasGivenUp, type RayJob } from './answers.ts';
import { exitOf, withReason } from './exit.ts';
import type { RayHandle } from './handle.ts';
import type { Files, RayObservation } from './observe.ts';

const FORGOTTEN: Exit = {
  kind: 'unknown',
  reason: 'Ray does not know it any more: Ray was restarted, or the job was deleted there',
};
const WITHDRAWN: Exit = { kind: 'signal', signal: 'SIGTERM' };

/** How Ray is read. A look may fall into a Ray that is just starting, or into a moment of a network: one is never enough. */
export const rayRules = ({ shared }: RayHandle): TrackerRules => ({
  missing: 2,
  // Submitted twice it is one job: both have the same id.
  missingUnbegun: 1,
  unanswered: 2,
  // It may have died together with Ray, before its shell could say that nothing is left.
  alone: 6,
  // What the program left behind may keep Ray's job for long; when nothing is left Ray only has to notice.
  explaining: { left: 2, gone: 6 },
  patience: null,
  resubmissions: 3,
  isApart: !shared,
  endedState: 'RUNNING',
  withdrawn: WITHDRAWN,
});

/** What a look at a run says, in the terms of all engines. */
export function eventOf({ job, unmet, ...files }: RayObservation, handle: RayHandle): TrackerEvent {
  const isKnown = job !== 'unknown' && job !== 'missing';
  const address = isKnown && !handle.shared ? hostOf(job.driver_agent_http_address) : '';
  const seen = { ...tracesOf(files), ...(!handle.shared && { node: address }) };
  if (job === 'unknown') return { type: 'run.unanswered', seen };
  return { type: 'run.observed', seen: { ...seen, engine: answerOf(job, files, handle, unmet) } };
}

/** What the files of a run say. */
export const tracesOf = ({ exit, isGone, node, claim }: Files) => ({
  recorded: exit,
  isGone,
  claim,
  node: node ?? '',
});

function answerOf(
  job: RayJob | 'missing',
  { exit, claim }: Files,
  { shared }: RayHandle,
  unmet: string | null,
): EngineAnswer {
  if (job === 'missing') return { kind: 'missing', isSubmitted: false, exit: FORGOTTEN };
  if (job.status === 'PENDING')
    return { kind: 'waiting', state: unmet === null ? job.status : `${job.status} (${unmet})` };
  if (!hasEnded(job)) return { kind: 'running', state: job.status };
  const isUnbegun = shared && claim === null && exit === null;
  const isGivenUp = hasGivenUp(job) && claim === null;
  return {
    kind: 'ended',
    exit: exit === null ? exitOf(job, startOf(claim, shared)) : withReason(exit, job),
    again: isGivenUp ? 'always' : isUnbegun && endedByCluster(job) ? 'limited' : 'never',
    reason: null,
    isLeft: false,
  };
}

/** What its claim says of the start of a program; without a shared folder nothing is known. */
function startOf(claim: Files['claim'], shared: boolean): 'never' | 'begun' | 'unknown' {
  if (!shared) return 'unknown';
  return claim === 'run' ? 'begun' : claim === null ? 'never' : 'unknown';
}

function hostOf(address: string | null | undefined): string {
  return address && URL.canParse(address) ? new URL(address).hostname : '';
}
