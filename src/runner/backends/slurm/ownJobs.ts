import { join } from 'node:path';
import type { SlurmCommands } from './command.ts';
import type { SlurmHandle } from './handle.ts';
import { type QueueRow, readBootTime, readLine } from './queue.ts';
import { FILES } from './script.ts';
import type { Submitted } from './stateFolder.ts';

/** Which of Slurm's jobs are a run's own. */
export type OwnJobs = {
  /** Whether a job is one by what no other ever has: its comment, its name if an earlier version has submitted it. */
  isSurely(row: QueueRow): boolean;
  /**
   * Those of a look at the queue. What no other job has is enough. An administrator, or a plugin of the site, may have
   * changed it: then an id or the name says which it may be, and its comment or the path of its log that it is. An id alone
   * says nothing, and names are for people: several have the same.
   * @param ids that the run's job was given. @throws SlurmError when Slurm does not answer.
   */
  among(rows: readonly QueueRow[], ids: readonly (string | null | undefined)[]): Promise<QueueRow[]>;
};

export function createOwnJobs(handle: SlurmHandle, commands: SlurmCommands): OwnJobs {
  const { name, comment, unique, state } = handle;
  /** What was found out of a job that may be one, by all that is shown of it: asked once. */
  const known = new Map<string, boolean>();

  const isSurely = (row: QueueRow): boolean => row[unique] === handle[unique];

  const isOwn = async ({ id, name, comment: shown }: QueueRow): Promise<boolean> => {
    const key = `${id} ${name} ${shown}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    const line = `${(await readLine(commands, id))?.trimEnd() ?? ''} `;
    const found = line.includes(` StdOut=${join(state, FILES.log)} `) || line.includes(` Comment=${comment ?? '\n'} `);
    known.set(key, found);
    return found;
  };

  return {
    isSurely,
    async among(rows, ids) {
      const own: QueueRow[] = [];
      for (const row of rows) {
        const mayBe = ids.includes(row.id) || row.name === name;
        if (isSurely(row) || (mayBe && (await isOwn(row)))) own.push(row);
      }
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
