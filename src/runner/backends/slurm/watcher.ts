import { errorMessage } from '../../../errors.ts';
import type { RunReport, TrackerSystem } from '../../../machines/ports/runner.ts';
import type { Inquired, Submitted, TrackerEvent } from '../../../machines/runTracker/runTrackerRules.ts';
import { claimOf, claimStart } from '../shared/claim.ts';
import { createPolledTrackers } from '../shared/polledTrackers.ts';
import type { Timers } from '../shared/pollSchedule.ts';
import { type SlurmCommands, SlurmError } from './command.ts';
import { hasEnded } from './ends.ts';
import type { SlurmHandle } from './handle.ts';
import { type Findings, observe, ownJobs, slurmRules, tracesOf } from './observation.ts';
import { createOwnJobs, mayHaveLost } from './ownJobs.ts';
import { listQueue, type QueueRow } from './queue.ts';
import { forgetProgram, readClaim, readSlurmSubmission, readSubmitted, type SlurmSubmission } from './stateFolder.ts';
import { type Answered, submit } from './submit.ts';

/**
 * Milliseconds that a launch waits for sbatch: longer, and nothing would be seen of the run, nor could it be stopped; and a server
 * that is asked to end waits for what it is launching, which may take half of its grace period.
 */
const launchWait = (grace: number) => Math.min(5_000, Math.max(1_000, grace * 500));
/** Milliseconds between two looks at the queue, which cost a controller more than a question about one job. */
const REST = 1_000;

/** Watches all runs of a server together: one look at the queue for all of them. */
export type Watcher = {
  /** The actors that track the runs. */
  readonly system: TrackerSystem;
  /**
   * Submits a run for the first time. What has no answer soon is watched like what has none.
   * @throws SlurmError when it was refused.
   */
  submit(handle: SlurmHandle, submission: SlurmSubmission): Promise<Answered>;
  watch(handle: SlurmHandle, report: (event: RunReport) => void): () => void;
  /** Something is about to happen: the queue is looked at soon. */
  hurry(): void;
  /** Slurm's jobs of a run that have not ended, as the queue shows them now. @throws SlurmError when Slurm does not answer. */
  jobsOf(handle: SlurmHandle): Promise<QueueRow[]>;
  /** evald has asked a run to end. */
  requestStop(handle: SlurmHandle): void;
  /** evald has taken the start of a run: it is over. */
  recall(handle: SlurmHandle): Promise<void>;
  /** Why runs are not submitted now, one of the reasons; null: all are. */
  unsubmitted(): string | null;
};

/** @param grace seconds that a server takes to end. @param whyAll why every submission is refused, as one has been; null: it is that one's own fault. */
export function createWatcher(
  commands: SlurmCommands,
  time: Timers,
  cancel: (handle: SlurmHandle) => Promise<void>,
  whyAll: (refusal: SlurmError) => Promise<string | null>,
  grace: number,
): Watcher {
  const submitting = new Map<string, Promise<Answered>>();
  /** Why runs were not taken that are not watched yet. */
  const delayed = new Map<string, string>();
  const found = new WeakMap<SlurmHandle, Findings>();

  const findingsOf = (handle: SlurmHandle): Findings => {
    const findings = found.get(handle) ?? { ownJobs: createOwnJobs(handle, commands), givenUp: new Set(), job: null };
    found.set(handle, findings);
    return findings;
  };

  /** Never twice at a time. */
  const submitOnce = ({ state }: SlurmHandle, submission: SlurmSubmission): Promise<Answered> => {
    const underWay =
      submitting.get(state) ?? submit(commands, state, submission).finally(() => submitting.delete(state));
    submitting.set(state, underWay);
    return underWay;
  };

  const submitAgain = async (handle: SlurmHandle): Promise<Submitted> => {
    const { givenUp, job } = findingsOf(handle);
    if (job !== null && hasEnded(job)) givenUp.add(job.id);
    const submission = await readSlurmSubmission(handle.state);
    if (submission === null) return refused(handle, `${handle.state} does not say any more what is to be submitted`);
    // The next look shows that it was taken back.
    if ((await claimOf(handle.state)) === 'evald') return { kind: 'accepted' };
    try {
      const { reason } = await submitOnce(handle, submission);
      if (reason !== null) return { kind: 'delayed', reason };
      trackers.hurry();
      return { kind: 'accepted' };
    } catch (error) {
      const isRefused = error instanceof SlurmError && error.fault === 'refused';
      // What is asked for that may fail as well: then nothing is known of others.
      const reason = isRefused ? await whyAll(error).catch(errorMessage) : errorMessage(error);
      if (reason === null) return refused(handle, `Slurm refused it: ${errorMessage(error)}`);
      // It, or sbatch, cannot be had now: it is tried again when it is missed again.
      return { kind: 'delayed', reason };
    }
  };

  const observeAll = async (runs: ReadonlyMap<string, SlurmHandle>): Promise<Map<string, TrackerEvent>> => {
    const rows = await listQueue(commands).catch(() => null);
    const events = new Map<string, TrackerEvent>();
    const observeRun = async (key: string, handle: SlurmHandle) => {
      if (rows === null) events.set(key, { type: 'run.unanswered', seen: await tracesOf(handle) });
      else events.set(key, await observe(handle, findingsOf(handle), rows, commands));
    };
    // What cannot be read or asked now is, at the next look.
    await Promise.all(Array.from(runs, ([key, handle]) => observeRun(key, handle).catch(() => trackers.hurry())));
    return events;
  };

  const trackers = createPolledTrackers<SlurmHandle>(
    {
      rules: () => slurmRules,
      port: (handle) => ({
        submit: () => submitAgain(handle),
        inquire: () => inquire(handle, commands),
        cancel: () => void cancel(handle).catch(() => {}),
        // Before it is gone: then the journal forgets its secrets too.
        close: () => forgetProgram(handle.state),
      }),
      observeAll,
      traces: tracesOf,
      rest: REST,
    },
    time,
  );

  return {
    system: trackers.system,
    async submit(handle, submission) {
      const late = Promise.withResolvers<Answered>();
      const reason = 'sbatch has not answered yet';
      const timer = setTimeout(() => late.resolve({ id: null, reason }), launchWait(grace));
      try {
        const answered = await Promise.race([submitOnce(handle, submission), late.promise]);
        if (answered.reason !== null) delayed.set(handle.state, answered.reason);
        trackers.hurry();
        return answered;
      } finally {
        clearTimeout(timer);
      }
    },
    watch(handle, report) {
      const reason = delayed.get(handle.state);
      delayed.delete(handle.state);
      trackers.hurry();
      return trackers.watch(handle, report, reason);
    },
    hurry: trackers.hurry,
    async jobsOf(handle) {
      const rows = (await listQueue(commands)).filter((row) => !hasEnded(row));
      const claim = await readClaim(handle.state).catch(() => null);
      return ownJobs(handle, findingsOf(trackers.tracked(handle) ?? handle), rows, claim?.id);
    },
    requestStop: trackers.requestStop,
    recall: trackers.recall,
    unsubmitted: () =>
      trackers.snapshots().find((one) => one.matches({ watching: 'submitting' }) && one.context.delay !== null)?.context
        .delay ?? null,
  };
}

/** Ends a run that is not to be submitted. Not before its start is taken: else one that was submitted without our knowing might begin. */
async function refused({ state }: SlurmHandle, reason: string): Promise<Submitted> {
  return (await claimStart(state)) ? { kind: 'never', exit: { kind: 'notStarted', reason } } : { kind: 'accepted' };
}

/** Why Slurm does not show a job that had not begun. */
async function inquire({ id: first, state }: SlurmHandle, commands: SlurmCommands): Promise<Inquired> {
  const submitted = await readSubmitted(state);
  const id = submitted?.id ?? first;
  if (await mayHaveLost(submitted, commands)) {
    return { kind: 'forgotten', reason: `Slurm has forgotten its job ${id}` };
  }
  // It ended there unseen, as one that is cancelled by hand while this server is away. From now on it can no longer begin.
  if (!(await claimStart(state))) return { kind: 'unclear' };
  const reason = `its job ${id} ended in Slurm before it began, and Slurm no longer says why`;
  return { kind: 'over', exit: { kind: 'notStarted', reason } };
}
