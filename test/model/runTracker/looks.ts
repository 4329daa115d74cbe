import type { Exit } from '../../../src/machines/ports/runner.ts';
import type {
  Observation,
  Traces,
  TrackerEvent,
  TrackerRules,
} from '../../../src/machines/runTracker/runTrackerRules.ts';

/** Small numbers, each of its own: what is counted wrongly shows. */
export const rules: TrackerRules = {
  missing: 3,
  missingUnbegun: 2,
  unanswered: 2,
  alone: 3,
  explaining: { left: 2, gone: 3 },
  patience: 30_000,
  resubmissions: 1,
  isApart: false,
  endedState: 'ENDING',
  withdrawn: { kind: 'notStarted', reason: 'withdrawn' },
};

export const ends = {
  success: { kind: 'code', code: 0 },
  failure: { kind: 'code', code: 7 },
  engine: { kind: 'signal', signal: 'SIGKILL', reason: 'by the engine' },
  cluster: { kind: 'notStarted', reason: 'the node failed' },
  lost: { kind: 'unknown', reason: 'lost' },
  replaced: { kind: 'unknown', reason: 'its id is of another' },
  refused: { kind: 'notStarted', reason: 'refused' },
  over: { kind: 'notStarted', reason: 'over' },
} satisfies Record<string, Exit>;

const untouched: Traces = { node: '', recorded: null, isGone: false, claim: null };
const begun: Traces = { ...untouched, node: 'n1', claim: 'run' };
const taken: Traces = { ...untouched, claim: 'evald' };
const failed: Traces = { ...begun, recorded: ends.failure };
const succeeded: Traces = { ...begun, recorded: ends.success };

const waiting = { kind: 'waiting', state: 'PENDING' } as const;
const running = { kind: 'running', state: 'RUNNING' } as const;
const ended = { kind: 'ended', exit: ends.engine, again: 'never', reason: null, isLeft: false } as const;
const byCluster = { ...ended, exit: ends.cluster, again: 'limited', reason: 'the node failed' } as const;
const missing = { kind: 'missing', isSubmitted: true, exit: ends.lost } as const;

const observed = (seen: Observation): TrackerEvent => ({ type: 'run.observed', seen });
const unanswered = (seen: Traces): TrackerEvent => ({ type: 'run.unanswered', seen });
const recorded = (seen: Traces): TrackerEvent => ({ type: 'run.recorded', seen });

/** What a tracker may be shown: what its engine answers, and what the run left. */
export const looks = {
  'it waits': observed({ ...untouched, engine: waiting }),
  'it waits for a node': observed({ ...untouched, engine: { ...waiting, state: 'PENDING (Resources)' } }),
  'it runs': observed({ ...begun, engine: running }),
  'it completes': observed({ ...begun, engine: { ...running, state: 'COMPLETING' } }),
  'it ended': observed({ ...begun, engine: ended }),
  'it ended, another is left': observed({ ...begun, engine: { ...ended, isLeft: true } }),
  'the cluster ended it': observed({ ...untouched, engine: byCluster }),
  'the cluster gave it up': observed({ ...untouched, engine: { ...byCluster, again: 'always', reason: null } }),
  'it is missing': observed({ ...untouched, engine: missing }),
  'it was never there': observed({ ...untouched, engine: { ...missing, isSubmitted: false } }),
  'it is missing, begun': observed({ ...begun, engine: missing }),
  'its id is of another, begun': observed({ ...begun, engine: { ...missing, exit: ends.replaced } }),
  'it waits, taken back': observed({ ...taken, engine: waiting }),
  'it is missing, taken back': observed({ ...taken, engine: missing }),
  'it ended, taken back': observed({ ...taken, engine: ended }),
  'it runs, failed': observed({ ...failed, engine: running }),
  'it runs, failed, nothing left': observed({ ...failed, isGone: true, engine: running }),
  'it runs, succeeded': observed({ ...succeeded, engine: running }),
  'it ended, failed': observed({ ...failed, engine: ended }),
  'it ended, failed, another is left': observed({ ...failed, engine: { ...ended, isLeft: true } }),
  'it is missing, failed': observed({ ...failed, engine: missing }),
  'no answer': unanswered(untouched),
  'no answer, begun': unanswered(begun),
  'no answer, taken back': unanswered(taken),
  'no answer, failed': unanswered(failed),
  'files: failed': recorded(failed),
  'files: succeeded': recorded(succeeded),
  'files: succeeded, nothing left': recorded({ ...succeeded, isGone: true }),
} satisfies Record<string, TrackerEvent>;

export type Look = keyof typeof looks;

/** What evald itself does. */
export const requests = {
  recall: { type: 'run.recalled' },
  stop: { type: 'stop.requested' },
  unwatch: { type: 'run.unwatched' },
} satisfies Record<string, TrackerEvent>;

/** How the work of a state ends: as it is wanted, in its second and its third way, not at all. */
export type Work = 'work.done' | 'work.second' | 'work.third' | 'work.fails';

export type TrackerMove = Look | keyof typeof requests | Work | 'time passes';

/** What each work of the port answers in each of its ways. */
export const answers = {
  submit: [{ kind: 'accepted' }, { kind: 'delayed', reason: 'full' }, { kind: 'never', exit: ends.refused }],
  inquire: [{ kind: 'forgotten', reason: 'forgotten' }, { kind: 'over', exit: ends.over }, { kind: 'unclear' }],
  close: [undefined],
} as const;
