import { reasonOf } from '../../thrown.ts';
import { claimOf } from '../claim.ts';
import type { RunReport } from '../contract.ts';
import type { Time } from '../engine/backOff.ts';
import { type SlurmCommands, SlurmError } from './command.ts';
import type { SlurmHandle } from './handle.ts';
import { createPace } from './pace.ts';
import { listQueue, type QueueRow } from './queue.ts';
import { readSubmission } from './stateFolder.ts';
import { submit } from './submit.ts';
import { createTrackedRun, type TrackedRun } from './trackedRun.ts';

const SECOND = 1_000;

/** Watches all runs of a server together: one look at the queue for all of them. */
export type Watcher = {
  watch(handle: SlurmHandle, report: (event: RunReport) => void): () => void;
  /** Something is about to happen: the queue is looked at soon. */
  hurry(): void;
};

export function createWatcher(
  commands: SlurmCommands,
  time: Time,
  cancel: (handle: SlurmHandle) => Promise<void>,
): Watcher {
  const runs = new Map<string, TrackedRun>();
  const submitting = new Set<string>();
  const pace = createPace();
  let isTicking = false;
  let isAsking = false;

  const submitAgain = async (run: TrackedRun) => {
    const { name, state } = run.handle;
    if (submitting.has(name)) return;
    submitting.add(name);
    try {
      const submission = await readSubmission(state);
      if (submission === null) await run.refuse(`${state} does not say any more what is to be submitted`);
      else if ((await claimOf(state)) !== 'evald') {
        const { reason } = await submit(commands, state, submission);
        if (reason === null) pace.hurry();
        else run.delay(reason);
      }
    } catch (error) {
      if (error instanceof SlurmError && error.fault === 'refused')
        await run.refuse(`Slurm refused it: ${error.message}`);
      // It, or sbatch, cannot be had now: it is tried again when it is missed again.
      else run.delay(reasonOf(error));
    } finally {
      submitting.delete(name);
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
    for (const [name, run] of runs) if (run.isGone || !run.isWatched) runs.delete(name);
  };

  return {
    watch(handle, report) {
      const known = runs.get(handle.name);
      const run = known === undefined || known.isGone ? createTrackedRun(handle, commands) : known;
      runs.set(handle.name, run);
      pace.hurry();
      if (!isTicking) {
        isTicking = true;
        void tick();
      }
      return run.subscribe(report);
    },
    hurry: () => pace.hurry(),
  };
}
