import { join } from 'node:path';
import type { SlurmCommands } from './command.ts';
import type { SlurmHandle } from './handle.ts';
import { type QueueRow, readBootTime, readLine } from './queue.ts';
import { FILES } from './script.ts';
import type { Submitted } from './stateFolder.ts';

/** Which of Slurm's jobs are a run's own. */
export type OwnJobs = {
  /**
   * Those of a look at the queue. The name is enough, for no other job ever has it. An administrator may give a job another
   * one: then its id says which it may be, and its comment or the path of its log that it is. An id alone says nothing.
   * @param ids that the run's job was given. @throws SlurmError when Slurm does not answer.
   */
  among(rows: readonly QueueRow[], ids: readonly (string | null | undefined)[]): Promise<QueueRow[]>;
};

export function createOwnJobs({ name, comment, state }: SlurmHandle, commands: SlurmCommands): OwnJobs {
  /** What was found out of a job under another name, by its id and that name: asked once. */
  const known = new Map<string, boolean>();

  const isOwn = async ({ id, name }: QueueRow): Promise<boolean> => {
    const key = `${id} ${name}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const line = `${(await readLine(commands, id))?.trimEnd() ?? ''} `;
    const found = line.includes(` StdOut=${join(state, FILES.log)} `) || line.includes(` Comment=${comment ?? '\n'} `);
    known.set(key, found);
    return found;
  };

  return {
    async among(rows, ids) {
      const own: QueueRow[] = [];
      for (const row of rows) if (row.name === name || (ids.includes(row.id) && (await isOwn(row)))) own.push(row);
      return own;
    },
  };
}

/** Seconds by which two clocks may differ. */
const SKEW = 60;

/**
 * Whether Slurm may have lost a job that it does not show: its controller was started after the job was submitted, or does
 * not say when. Else it has known the job all the time, and has let it go since it ended.
 * @param submitted null when it is not known. @throws SlurmError when Slurm does not answer.
 */
export async function mayHaveLost(submitted: Submitted | null, commands: SlurmCommands): Promise<boolean> {
  const boot = await readBootTime(commands);
  return boot === null || submitted === null || boot + SKEW > submitted.at;
}
