import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type Bench, evald, newFolder, using } from '../bench.ts';
import { bodyText } from '../body.ts';
import { seedJournal } from '../seed.ts';
import { memoryOf, type Running } from '../subjects/process.ts';
import { load } from '../wrk.ts';

const probe = new URL('./memoryProbe.ts', import.meta.url).href;

/**
 * Bytes a waiting job takes: what many of them add to the memory in use, submitted to a server and brought back by
 * another. `heap` is what is reachable (after two collections), `rss` what the process has of the machine then.
 */
export async function measureMemory(bench: Bench): Promise<void> {
  const { plan, figures, original } = bench;
  const server = await probed(bench);
  await using([server], async () => {
    const before = await memory(bench, server);
    let jobs = 0;
    while (jobs < plan.manyJobs) {
      await load({ url: `${server.url}/evaluate`, sent: ['post', bodyText], connections: 64, seconds: 1 });
      jobs = await queued(server.url);
    }
    const after = await memory(bench, server);
    for (const kind of ['heap', 'rss'] as const) {
      figures.add(`memory.${kind}`, 'evald', (after[kind] - before[kind]) / jobs);
    }
  });
  const dataDir = newFolder(bench, 'memory');
  seedJournal(dataDir, plan.manyJobs);
  const empty = await probed(bench);
  const base = await memory(bench, empty).finally(empty.stop);
  const restarted = await probed(bench, dataDir);
  const after = await memory(bench, restarted).finally(restarted.stop);
  for (const kind of ['heap', 'rss'] as const) {
    figures.add(`memory.restored.${kind}`, 'evald', (after[kind] - base[kind]) / plan.manyJobs);
  }
  if (original === null) return;
  await original.fill(0, bodyText);
  const before = memoryOf(original.pid);
  await original.fill(plan.manyJobs, bodyText);
  figures.add('memory.rss', 'original', (memoryOf(original.pid) - before) / plan.manyJobs);
}

type Memory = { heap: number; rss: number };

const fileOf = ({ folder }: Bench) => `${folder}/memory.json`;

/** A server that tells its memory when it is asked by a signal. */
function probed(bench: Bench, dataDir = newFolder(bench, 'data')): Promise<Running> {
  return evald(bench, { dataDir, nodeFlags: ['--expose-gc', '--import', `${probe}?${fileOf(bench)}`] });
}

async function memory(bench: Bench, { pid }: Running): Promise<Memory> {
  const file = fileOf(bench);
  rmSync(file, { force: true });
  process.kill(pid, 'SIGUSR2');
  while (!existsSync(file)) await setTimeout(10);
  return { heap: Number(readFileSync(file, 'utf8')), rss: memoryOf(pid) };
}

async function queued(url: string): Promise<number> {
  const { queue_size } = (await (await fetch(`${url}/health`)).json()) as { queue_size: number };
  return queue_size;
}
