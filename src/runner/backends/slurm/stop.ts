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
 * and is over at once. Called again while it is under way, it joins that. Jobs are named by their names: their ids may be
 * others' by now. One that an administrator gave another name is named by that and its id, of which both must fit.
 */
export function createStop(
  commands: SlurmCommands,
  { jobOf, recall, requestStop }: Pick<Watcher, 'jobOf' | 'recall' | 'requestStop'>,
): (handle: SlurmHandle, how: StopMethod) => Promise<void> {
  const underWay = new Map<string, Promise<void>>();
  const killed = new Map<string, number>();

  const stop = async (handle: SlurmHandle, how: StopMethod) => {
    const { name, state } = handle;
    const job = jobOf(handle);
    const renamed = job === null || job.name === name ? [] : [`--name=${job.name}`, job.id];
    const scancel = async (...args: string[]) => {
      if (renamed.length > 0) await cancel(commands, ['--me', ...args, ...renamed]);
      await cancel(commands, ['--me', `--name=${name}`, ...args]);
    };
    // A disk that is away keeps no one from being asked to end.
    if (await claimStart(state).catch(() => false)) await recall(handle);
    else {
      requestStop(handle);
      // To everything that the job has started, and to its script, which outlives TERM to record the exit code.
      if (how === 'terminate') return scancel('--full', '--signal=TERM');
      // At once. Slurm's own way, next, begins with TERM and comes to KILL after the cluster's KillWait, 30 s by default.
      await scancel('--batch', '--signal=KILL');
    }
    await scancel();
    for (const [other, at] of killed) if (performance.now() - at > AGAIN) killed.delete(other);
    killed.set(name, performance.now());
  };

  return (handle, how) => {
    if (how === 'kill' && performance.now() - (killed.get(handle.name) ?? -AGAIN) < AGAIN) return Promise.resolve();
    const key = `${how} ${handle.name}`;
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
