import type { EngineState } from '../../schemas/engine.ts';
import type { SlurmCommands } from './command.ts';

/** Milliseconds for which an answer is good. */
const FRESH = 5_000;
/** Machines that are told one by one. Of a bigger cluster those with the same state are told as one, as Slurm writes them. */
const ONE_BY_ONE = 200;

/** Makes the function that tells how Slurm is. It never throws, and asks Slurm at most every five seconds. */
export function createDescribe(commands: SlurmCommands): () => Promise<EngineState> {
  let latest: { at: number; state: Promise<EngineState> } | null = null;
  return () => {
    if (latest === null || performance.now() - latest.at > FRESH) {
      latest = { at: performance.now(), state: describe(commands) };
    }
    return latest.state;
  };
}

async function describe(commands: SlurmCommands): Promise<EngineState> {
  try {
    // Answers at once; the others try for long when the controller is away.
    const ping = await commands.run('scontrol', ['ping']);
    if (!/ is UP\b/.test(ping)) return unreachable(ping.split('\n')[0]?.trim() || 'scontrol ping says nothing');
    const [states, nodes] = await Promise.all([
      commands.run('squeue', ['--noheader', '--states=PENDING,RUNNING', '--format=%T']),
      listNodes(commands),
    ]);
    const count = (state: string) => states.split('\n').filter((line) => line === state).length;
    return {
      name: 'slurm',
      reachable: true,
      reason: null,
      queued: count('PENDING'),
      running: count('RUNNING'),
      nodes,
    };
  } catch (error) {
    return unreachable(error instanceof Error ? error.message : String(error));
  }
}

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

function unreachable(reason: string): EngineState {
  return { name: 'slurm', reachable: false, reason, queued: null, running: null, nodes: [] };
}
