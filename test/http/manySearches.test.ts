import { join } from 'node:path';
import { expect, test } from 'vitest';
import { seedManyJobs } from '../support/jobs/manyJobs.ts';
import { expectWithin } from '../support/measuring/least.ts';
import { found, list } from '../support/requests/searching.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';

/** Milliseconds. */
const MOST = 1_000;

const searches = (needle: string): { [name: string]: string }[] => [
  { id_prefix: '0' },
  { id_prefix: needle.slice(0, 8) },
  { q: 'mmmu_val model_7' },
  { q: 'nothing-has-this' },
  { q: needle },
  { q: 'return code', order: 'oldest' },
  { q: 'model_args' },
  { q: 'é' },
  { q: 'alice step-3', status: 'queued' },
];

/** Asks for something small again and again until a search has ended. */
async function ping(url: string, until: Promise<unknown>, report: (took: number) => void): Promise<void> {
  let isOver = false;
  void until.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    const begun = performance.now();
    await send(`${url}/jobs/nobody`, { method: 'GET' });
    report(performance.now() - begun);
  }
}

test('a search of 100,000 jobs is answered within a second, and holds up nothing else', {
  timeout: 300_000,
}, async (context) => {
  const dataDir = join(await temporaryFolder(), 'data');
  const needle = seedManyJobs(dataDir, 100_000);
  const server = await startServer({ dataDir, flags: ['--history', '200000', '--max-queue', '200000'] });
  context.onTestFinished(async () => void (await server.stop()));
  await send(`${server.url}/queue/pause`, { method: 'POST' });

  const figures: string[] = [];
  for (const query of searches(needle)) {
    await expectWithin(MOST, 'clock', async () => {
      const begun = performance.now();
      const answer = list(server.url, { ...query, limit: '5' });
      let slowest = 0;
      const pinging = ping(server.url, answer, (took) => {
        slowest = Math.max(slowest, took);
      });
      const { jobs, next_cursor } = await answer;
      const took = performance.now() - begun;
      await pinging;
      figures.push(
        `${JSON.stringify(query)}: ${Math.round(took)} ms, ${jobs.length} jobs, others ${Math.round(slowest)} ms`,
      );
      expect(jobs.length > 0 || next_cursor !== null || query['q'] === 'nothing-has-this', figures.at(-1)).toBe(true);
      return took;
    });
  }
  console.log(figures.join('\n'));
  expect(await found(server.url, { id_prefix: needle.slice(0, 13) })).toEqual([needle]);
  expect(await found(server.url, { q: needle })).toEqual([needle]);
  expect(await found(server.url, { q: 'run:needle CUDA' })).toEqual([needle]);
  expect(await found(server.url, { q: 'nothing-has-this' })).toEqual([]);
});
