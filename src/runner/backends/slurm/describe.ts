import type { EngineState } from '../../../schemas/engine/engine.ts';
import { createDescription, downBy, type EngineObservation } from '../shared/description.ts';
import type { SlurmCommands } from './command.ts';

/** Machines that are shown one by one. Of a bigger cluster those with the same state are shown as one, as Slurm writes them. */
const ONE_BY_ONE = 200;

/**
 * Makes the function that tells how Slurm is.
 * @param unsubmitted why runs are not submitted now; null: all are.
 */
export const createDescribe = (
  commands: SlurmCommands,
  unsubmitted: () => string | null,
): (() => Promise<EngineState>) => createDescription('slurm', () => describeCluster(commands, unsubmitted));

async function describeCluster(commands: SlurmCommands, unsubmitted: () => string | null): Promise<EngineObservation> {
  // Answers at once; the others try for long when the controller is away.
  const ping = await commands.run('scontrol', ['ping']);
  if (!/ is UP\b/.test(ping)) throw new Error(ping.split('\n')[0]?.trim() || 'scontrol ping says nothing');
  const [states, nodes] = await Promise.all([
    commands.run('squeue', ['--noheader', '--states=PENDING,RUNNING', '--format=%T']),
    listNodes(commands),
  ]);
  const count = (state: string) => states.split('\n').filter((line) => line === state).length;
  const reason = unsubmitted();
  return {
    ...{ queued: count('PENDING'), running: count('RUNNING'), nodes, ...downBy(nodes, takesWork) },
    reason: reason === null ? null : `it does not take every run now: ${reason}`,
  };
}

/** Whether jobs may begin on a node: not on one that does not answer (`*`). What is powered down is powered up for a job. */
export const takesWork = ({ state }: EngineState['nodes'][number]): boolean =>
  !state.endsWith('*') && !/^(down|drain|fail|error|inval|unknown|future)/.test(state);

async function listNodes(commands: SlurmCommands): Promise<EngineState['nodes']> {
  const single = parseNodes(await commands.run('sinfo', ['--noheader', '--Node', '--format=%N|%T']));
  if (single.length <= ONE_BY_ONE) return single;
  return parseNodes(await commands.run('sinfo', ['--noheader', '--format=%N|%T']));
}

/** Reads what sinfo wrote. A node is there once for each of its partitions. */
export function parseNodes(text: string): EngineState['nodes'] {
  const nodes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, state] = line.split('|');
    if (name && state) nodes.set(name, state.trim());
  }
  return [...nodes].map(([name, state]) => ({ name, state }));
}
