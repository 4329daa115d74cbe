import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SimulatedClock } from 'xstate';
import type { RunReport } from '../../../../src/machines/ports/runner.ts';
import { type SlurmCommands, SlurmError } from '../../../../src/runner/backends/slurm/command.ts';
import type { SlurmHandle } from '../../../../src/runner/backends/slurm/handle.ts';
import { createWatcher } from '../../../../src/runner/backends/slurm/watcher.ts';
import { temporaryFolder } from '../../runs/localRun.ts';

const nameOf = (comment: string) => `name-of-${comment}`;

/** A row of the queue, as squeue shows it. */
function withName(row: string): string {
  const at = row.lastIndexOf('|') + 1;
  return `${row.slice(0, at)}${nameOf(row.slice(at))}|${row.slice(at)}`;
}

/** A watcher on a queue that the test writes, in a time that the test makes. */
export async function watching() {
  const folder = await temporaryFolder();
  const asked: string[] = [];
  const queue: {
    /** By their comments: the name is made of it. Null: there is no answer; `never`: not even that. */
    rows: string[] | null | 'never';
    refusal: string | null;
    /** Why it refuses every other submission too. */
    common: string | null;
    isFull: boolean;
    /** When the controller was started, as it says. */
    boot: string;
  } = { rows: [], refusal: null, common: null, isFull: false, boot: '' };
  const commands: SlurmCommands = {
    run: async (program, args) => {
      asked.push(program === 'scontrol' ? `scontrol ${args.at(-1)}` : program);
      if (queue.rows === 'never') return new Promise(() => {});
      if (args.at(-1) === 'config') return `SlurmctldHost[0] = here\nBOOT_TIME = ${queue.boot}\n`;
      if (queue.rows === null) throw new SlurmError('away', 'Unable to contact slurm controller');
      if (program === 'sbatch' && queue.isFull) throw new SlurmError('away', 'AssocMaxSubmitJobLimit');
      if (program === 'sbatch' && queue.refusal !== null) throw new SlurmError('refused', queue.refusal);
      return program === 'squeue' ? queue.rows.map(withName).join('\n') : 'JobId=1 ExitCode=0:0 TimeLimit=01:00:00 ';
    },
  };
  const cancelled: string[] = [];
  const clock = new SimulatedClock();
  // Of the poller: one of its rounds, unless Slurm lets it wait, and one of its glances. A tracker's own is of half a minute.
  const pending = new Set<number>();
  const timers = {
    setTimeout: (callback: () => void, milliseconds: number) => {
      const timer: number = clock.setTimeout(() => {
        pending.delete(timer);
        callback();
      }, milliseconds);
      if (milliseconds < 30_000) pending.add(timer);
      return timer;
    },
    clearTimeout: (timer: unknown) => {
      pending.delete(timer as number);
      clock.clearTimeout(timer as number);
    },
  };
  const cancel = async ({ comment }: SlurmHandle) => void cancelled.push(comment ?? '');
  const watcher = createWatcher(commands, timers, cancel, async () => queue.common, 10);
  const watched = new Set<string>();
  const isClosing = () => watcher.system.states().some(({ value }) => value === 'closing');
  return {
    asked,
    queue,
    cancelled,
    recall: (one: SlurmHandle) => watcher.recall(one),
    unsubmitted: () => watcher.unsubmitted(),
    handle: async (comment: string, id: string | null = comment) => {
      const state = join(folder, comment);
      await mkdir(state);
      return { backend: 'slurm' as const, name: nameOf(comment), unique: 'comment' as const, id, comment, state };
    },
    watch: (one: SlurmHandle, report: (event: RunReport) => void = () => {}) => {
      watched.add(one.state);
      watcher.watch(one, (event) => {
        report(event);
        if (event.type === 'run.gone') watched.delete(one.state);
      });
    },
    /** Seconds pass, one by one, until it is so: what happens in one takes turns of the event loop, not time. @returns how many. */
    secondsUntil: async (condition: () => boolean) => {
      let second = 0;
      for (; !condition(); second++) {
        if (second === 1_000) throw new Error(`still not so after ${second} seconds: ${condition}`);
        // Looks read files, and an end leaves some to put in order, which takes other turns than ours; the test's own limit
        // is the limit.
        const isLooking = () => pending.size < (queue.rows === 'never' ? 1 : 2);
        while (watched.size > 0 && (isLooking() || isClosing())) await setImmediate();
        if (condition()) break;
        clock.increment(1_000);
        for (let turn = 0; turn < 200 && !condition(); turn++) await setImmediate();
      }
      return second;
    },
  };
}
