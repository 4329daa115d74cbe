import { reasonOf } from '../../thrown.ts';
import { claimOf } from '../claim.ts';
import type { RunReport } from '../contract.ts';
import type { Time } from '../engine/backOff.ts';
import { type SlurmCommands, SlurmError } from './command.ts';
import type { SlurmHandle } from './handle.ts';
import { createPace } from './pace.ts';
import { listQueue, type QueueRow } from './queue.ts';
import { readSubmission, type Submission } from './stateFolder.ts';
import { type Answered, submit } from './submit.ts';
import { createTrackedRun, type TrackedRun } from './trackedRun.ts';

const SECOND = 1_000;
/** Milliseconds that a launch waits for sbatch: longer, and nothing would be seen of the run, nor could it be stopped. */
const LAUNCH = 5_000;

/** Watches all runs of a server together: one look at the queue for all of them. */
export type Watcher = {
  /**
   * Submits a run for the first time. What has no answer soon is watched like what has none.
   * @throws SlurmError when it was refused.
   */
  submit(handle: SlurmHandle, submission: Submission): Promise<Answered>;
  watch(handle: SlurmHandle, report: (event: RunReport) => void): () => void;
  /** Something is about to happen: the queue is looked at soon. */
  hurry(): void;
  /** The run's job in Slurm as it was seen last; null: not yet, or it is not watched. */
  jobOf(handle: SlurmHandle): QueueRow | null;
  /** evald has taken the start of a run: it is over. */
  recall(handle: SlurmHandle): Promise<void>;
  /** Why runs are not submitted now, one of the reasons; null: all are. */
  unsubmitted(): string | null;
};

/** @param whyAll why every submission is refused, as one has been; null: it is that one's own fault. */
export function createWatcher(
  commands: SlurmCommands,
  time: Time,
  cancel: (handle: SlurmHandle) => Promise<void>,
  whyAll: (refusal: SlurmError) => Promise<string | null>,
): Watcher {
  const runs = new Map<string, TrackedRun>();
  const submitting = new Map<string, Promise<Answered>>();
  const submittingAgain = new Set<string>();
  /** Why runs were not taken that are not watched yet. */
  const delayed = new Map<string, string>();
  const pace = createPace();
  let isTicking = false;
  let isAsking = false;

  /** Never twice at a time. */
  const submitOnce = ({ name, state }: SlurmHandle, submission: Submission): Promise<Answered> => {
    const underWay = submitting.get(name) ?? submit(commands, state, submission).finally(() => submitting.delete(name));
    submitting.set(name, underWay);
    return underWay;
  };

  const submitAgain = async (run: TrackedRun) => {
    const { name, state } = run.handle;
    if (submitting.has(name) || submittingAgain.has(name)) return;
    submittingAgain.add(name);
    try {
      const submission = await readSubmission(state);
      if (submission === null) await run.refuse(`${state} does not say any more what is to be submitted`);
      else if ((await claimOf(state)) !== 'evald') {
        const { reason } = await submitOnce(run.handle, submission);
        if (reason === null) run.accept();
        if (reason === null) pace.hurry();
        else run.delay(reason);
      }
    } catch (error) {
      const isRefused = error instanceof SlurmError && error.fault === 'refused';
      // What is asked for that may fail as well: then nothing is known of others.
      const reason = isRefused ? await whyAll(error).catch(reasonOf) : reasonOf(error);
      if (reason === null) await run.refuse(`Slurm refused it: ${reasonOf(error)}`);
      // It, or sbatch, cannot be had now: it is tried again when it is missed again.
      else run.delay(reason);
    } finally {
      submittingAgain.delete(name);
    }
  };

  const tell = async (run: TrackedRun, rows: readonly QueueRow[]) => {
    // What cannot be read or asked now is, at the next look.
    const next = await run.hear(rows).catch(() => 'soon' as const);
    if (next === 'soon') pace.hurry();
    if (next === 'submit') void submitAgain(run);
    if (next === 'cancel') void cancel(run.handle).catch(() => {});
  };

  const ask = async () => {
    isAsking = true;
    try {
      const rows = await listQueue(commands);
      pace.asked();
      await Promise.all([...runs.values()].map((run) => tell(run, rows)));
    } catch {
      pace.asked();
      await Promise.all([...runs.values()].map((run) => run.miss()));
    } finally {
      isAsking = false;
    }
  };

  const tick = async () => {
    const looks = await Promise.all([...runs.values()].map((run) => run.look()));
    if (looks.includes(true)) pace.hurry();
    if (pace.tick() && !isAsking) void ask().then(prune);
    prune();
    isTicking = runs.size > 0;
    if (isTicking) time.setTimeout(() => void tick(), SECOND);
  };

  const prune = () => {
    for (const [name, run] of runs) if (run.isDone) runs.delete(name);
  };

  return {
    async submit(handle, submission) {
      const late = Promise.withResolvers<Answered>();
      const reason = 'sbatch has not answered yet';
      const timer = setTimeout(() => late.resolve({ id: null, reason }), LAUNCH);
      try {
        const answered = await Promise.race([submitOnce(handle, submission), late.promise]);
        if (answered.reason !== null) delayed.set(handle.name, answered.reason);
        pace.hurry();
        return answered;
      } finally {
        clearTimeout(timer);
      }
    },
    watch(handle, report) {
      const known = runs.get(handle.name);
      const run = known === undefined || known.isGone ? createTrackedRun(handle, commands) : known;
      runs.set(handle.name, run);
      const reason = delayed.get(handle.name);
      delayed.delete(handle.name);
      if (reason !== undefined) run.delay(reason);
      pace.hurry();
      if (!isTicking) {
        isTicking = true;
        void tick();
      }
      return run.subscribe(report);
    },
    hurry: () => pace.hurry(),
    jobOf: ({ name }) => runs.get(name)?.job ?? null,
    recall: async ({ name }) => runs.get(name)?.recall(),
    unsubmitted: () => [...runs.values()].find(({ unsubmitted }) => unsubmitted !== null)?.unsubmitted ?? null,
  };
}
