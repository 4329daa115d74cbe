import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bench, evald, newFolder, using } from '../bench.ts';
import { bodyText } from '../body.ts';
import type { Subject } from '../figures.ts';
import { seedJournal } from '../seed.ts';
import type { Running } from '../subjects/process.ts';
import { load } from '../wrk.ts';

const CONNECTIONS = 64;

/**
 * GET /jobs/{id} and GET /queue by how many jobs wait. All depths are there at the same time. Of a job it is asked twice: of one
 * job alone, the last that is noted, which is the same question at every depth; and of random ones, which at depth 0 are one, so that the
 * processor's caches have it, and at the others lie all over memory.
 */
export async function measureDepths(bench: Bench): Promise<void> {
  const { plan, say } = bench;
  const servers: Running[] = [];
  const ids: string[] = [];
  for (const depth of plan.depths) {
    say(`a journal with ${depth.toLocaleString('en')} waiting jobs`);
    const dataDir = newFolder(bench, `depth-${depth}`);
    const file = `${dataDir}.ids`;
    // One more: the first one runs, and at depth 0 it is the one that is asked for.
    seedJournal(dataDir, depth + 1, file);
    ids.push(file);
    servers.push(await evald(bench, { dataDir }));
  }
  await using(servers, async () => {
    say('warming up');
    for (const [index, server] of servers.entries()) await warmUp(bench, server, ids[index] as string);
    for (let round = 0; round < plan.rounds; round++) {
      for (const [index, depth] of plan.depths.entries()) {
        await askAt(bench, depth, servers[index] as Running, ids[index] as string);
      }
    }
  });
}

/** A load that is not counted: the code of a server that has just started is not compiled, and no row was read. */
async function warmUp({ plan: { seconds }, bare }: Bench, { url }: Running, ids: string): Promise<void> {
  for (const asked of [url, bare.url]) {
    await load({ url: `${asked}/jobs`, sent: ['jobs', ids], connections: CONNECTIONS, seconds });
  }
}

async function askAt(bench: Bench, depth: number, server: Running, ids: string): Promise<void> {
  const { plan, bare, original } = bench;
  const isQueueAsked = plan.queues.includes(depth);
  await askJobs(bench, depth, 'evald', server.url, ids);
  await askJobs(bench, depth, 'ceiling', bare.url, ids);
  await askOne(bench, depth, server.url, ids);
  if (isQueueAsked) await askQueue(bench, depth, 'evald', server.url);
  if (isQueueAsked) await askQueueAgain(bench, depth, server.url);
  if (original === null || depth > plan.originalDepth) return;
  const known = join(bench.folder, 'original.ids');
  writeFileSync(known, `${(await original.fill(depth + 1, bodyText)).join('\n')}\n`);
  await askJobs(bench, depth, 'original', original.url, known);
  if (isQueueAsked) await askQueue(bench, depth, 'original', original.url);
}

async function askJobs({ plan, figures }: Bench, depth: number, subject: Subject, url: string, ids: string) {
  const { seconds } = plan;
  const result = await load({ url: `${url}/jobs`, sent: ['jobs', ids], connections: CONNECTIONS, seconds });
  figures.add(`job.${depth}.perSecond`, subject, result.perSecond);
  figures.add(`job.${depth}.p50`, subject, result.p50);
  figures.add(`job.${depth}.p99`, subject, result.p99);
}

/** Of one job, again and again: the last one that is noted, so that its position is looked up in the whole queue. */
async function askOne({ plan, figures, folder }: Bench, depth: number, url: string, ids: string) {
  const { seconds } = plan;
  const last = readFileSync(ids, 'utf8').trim().split('\n').at(-1);
  const one = join(folder, 'one.ids');
  writeFileSync(one, `${last}\n`);
  const result = await load({ url: `${url}/jobs`, sent: ['jobs', one], connections: CONNECTIONS, seconds });
  figures.add(`one.${depth}.perSecond`, 'evald', result.perSecond);
}

async function askQueue({ plan, figures }: Bench, depth: number, subject: Subject, url: string) {
  const { seconds } = plan;
  const { perSecond } = await load({ url: `${url}/queue`, sent: ['get'], connections: CONNECTIONS, seconds });
  figures.add(`queue.${depth}.perSecond`, subject, perSecond);
}

/** The same question with what the answer named itself: nothing has changed, so there is nothing to send. */
async function askQueueAgain({ plan, figures }: Bench, depth: number, url: string) {
  const { seconds } = plan;
  const etag = (await fetch(`${url}/queue`)).headers.get('etag');
  if (etag === null) throw new Error('GET /queue has no ETag');
  const again = await fetch(`${url}/queue`, { headers: { 'if-none-match': etag } });
  if (again.status !== 304) throw new Error(`GET /queue with its ETag answers ${again.status}`);
  const { perSecond } = await load({ url: `${url}/queue`, sent: ['match', etag], connections: CONNECTIONS, seconds });
  figures.add(`queue.${depth}.unchanged.perSecond`, 'evald', perSecond);
}
