import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { seedManyJobs } from '../support/jobs/manyJobs.ts';
import { expectWithin } from '../support/measuring/least.ts';
import { processorTimeOf, timedNode } from '../support/measuring/processors.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const main = new URL('../../src/evald.ts', import.meta.url).pathname;

const JOBS = 100_000;
/** Milliseconds that a user waits for a list, the start of the command included: of the processor, which others do not share. */
const LIMIT = 1_000;

let folder: string;
let needle: string;
let server: TestServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const dataDir = join(folder, 'data');
  needle = seedManyJobs(dataDir, JOBS);
  server = await startServer({ dataDir, flags: ['--history', String(2 * JOBS), '--max-queue', String(2 * JOBS)] });
  await createClient({ server: server.url }).pause();
  // What is compiled once is kept.
  await list('-n', '1');
});
afterAll(async () => {
  await server.stop();
  await removeFolder(folder);
});

type Listed = { jobs: { job_id: string; status: string }[]; next_cursor: string | null };

/** What `evald ls` lists with these words, and the milliseconds that the command and its server worked for it. */
async function list(...words: string[]): Promise<Listed & { took: number }> {
  const before = await processorTimeOf(server.process.pid);
  const env = { ...process.env, EVALD_SERVER: server.url };
  const { stdout, milliseconds } = await timedNode([main, 'ls', '-o', 'json', ...words], env);
  const took = milliseconds + (await processorTimeOf(server.process.pid)) - before;
  return { ...JSON.parse(stdout), took };
}

/** Words, and how many jobs they list: those of one page where there are more. */
const lists: [words: string[], jobs: number, isPage: boolean][] = [
  [[], 50, true],
  [['--oldest', '-n', '500'], 500, true],
  [['-s', 'failed'], 50, true],
  [['-s', 'queued', '-m', 'model_3', '-t', 'mme'], 50, true],
  [['-l', 'run=r7'], 50, true],
  [['-l', 'run=needle'], 1, false],
  [['mmmu_val', 'model_7'], 50, true],
  [['run:needle', 'CUDA'], 1, false],
];

test.each(lists)(`evald ls %j lists a page of ${JOBS} jobs within a second`, async (words, jobs, isPage) => {
  const least = await expectWithin(LIMIT, 'processor', async () => {
    const listed = await list(...words);
    expect(listed.jobs).toHaveLength(jobs);
    expect(listed.next_cursor !== null).toBe(isPage);
    if (jobs === 1) expect(listed.jobs[0]?.job_id).toBe(needle);
    return listed.took;
  });
  console.info(`evald ls ${words.join(' ')}: ${least.toFixed(0)} ms`);
});
