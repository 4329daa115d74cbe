import { once } from 'node:events';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { slowness } from '../support/measuring/least.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

test('a journal that another process has locked does not keep a server from ending, and its run is concluded at the next start', async (context) => {
  const counted = await countedRuns(context);
  await counted.hold();
  const server = await counted.start({ flags: ['--grace', '2'] });
  const jobId = await submit(server.url, counted.request('a'));
  await jobWhen(server.url, jobId, ({ log }) => log !== null);
  await eventually(async () => (await counted.runs()).length === 1);
  const other = new DatabaseSync(join(counted.dataDir, 'journal.db'));
  other.exec('BEGIN IMMEDIATE');

  const began = performance.now();
  server.process.kill('SIGTERM');
  await once(server.process, 'exit');
  // The grace period, 5 s, and the second for which the thread waits for the lock.
  const took = performance.now() - began;
  expect(took).toBeLessThan((2_000 + 5_000 + 1_000 + 1_500) * slowness('clock'));
  other.exec('ROLLBACK');
  other.close();

  await counted.release();
  const next = await counted.start();
  expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'failed' });
  expect(await counted.runs()).toEqual(['a']);
});
