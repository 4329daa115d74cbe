import type { StopMethod } from '../../../machines/ports/runner.ts';
import { claimStart } from '../shared/claim.ts';
import { type SlurmCommands, SlurmError } from './command.ts';
import type { SlurmHandle } from './handle.ts';
import type { Watcher } from './watcher.ts';

/** Milliseconds in which a run that was killed is not killed again: Slurm goes on with it by itself. */
const AGAIN = 5_000;

/** What scancel says of a job that ended while it was looked up. */
const OVER = /invalid job id|already complet/i;

/**
 * Makes the function that ends runs. A run that has not begun never will, from the call on, whether Slurm answers or not,
 * and is over at once. Called again while it is under way, it joins that. What is ended is looked up in the queue, by what no
 * other job has, and named by its id and its name, of which both must fit: ids may be others' by now, names are for people.
 */
export function createStop(
  commands: SlurmCommands,
  { jobsOf, recall, requestStop }: Pick<Watcher, 'jobsOf' | 'recall' | 'requestStop'>,
): (handle: SlurmHandle, how: StopMethod) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const killed = new Map<string, number>();

  const stop = async (handle: SlurmHandle, how: StopMethod) => {
    const { state } = handle;
    const scancel = async (...args: string[]) => {
      for (const job of jobs) await cancel(commands, ['--me', ...args, `--name=${job.name}`, job.id]);
    };
    // A disk that is away keeps no one from being asked to end.
    const isOurs = await claimStart(state).catch(() => false);
    if (isOurs) await recall(handle);
    else requestStop(handle);
    // What shows up later never begins, and is ended by what watches the run.
    const jobs = await jobsOf(handle);
    if (!isOurs) {
      // To everything that the job has started, and to its script, which outlives TERM to record the exit code.
      if (how === 'terminate') return scancel('--full', '--signal=TERM');
      // At once. Slurm's own way, next, begins with TERM and comes to KILL after the cluster's KillWait, 30 s by default.
      await scancel('--batch', '--signal=KILL');
    }
    await scancel();
    if (jobs.length === 0) return;
    for (const [other, at] of killed) if (performance.now() - at > AGAIN) killed.delete(other);
    killed.set(state, performance.now());
  };

  return (handle, how) => {
    if (how === 'kill' && performance.now() - (killed.get(handle.state) ?? -AGAIN) < AGAIN) return Promise.resolve();
    const key = `${how} ${handle.state}`;
    const begun = underWay.get(key) ?? stop(handle, how).finally(() => underWay.delete(key));
    underWay.set(key, begun);
    return begun;
  };
}

async function cancel(commands: SlurmCommands, args: readonly string[]): Promise<void> {
  await commands.run('scancel', args).catch((error) => {
    if (!(error instanceof SlurmError && OVER.test(error.message))) throw error;
  });
}
