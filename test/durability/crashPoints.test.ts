import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { processesOf } from '../support/runs/processes.ts';
import { crashPoints } from '../support/server/crashingServer.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** The only job of a server that has just been started: queued, running or ended. */
async function onlyJob(dataDir: string): Promise<string> {
  const database = openJournalForReading(dataDir);
  const rows = database.prepare('SELECT job_id FROM jobs').all();
  database.close();
  expect(rows).toHaveLength(1);
  return String(rows[0]?.['job_id']);
}

describe.concurrent('a server that is killed', () => {
  test.for(crashPoints)(
    'a server that is killed %s: the job is there, ran once, and completes',
    async (crashAt, context) => {
      const counted = await countedRuns(context);
      const crashing = await counted.start({ crashAt });
      // The answer may never come: that is the point of some points.
      const crashed = once(crashing.process, 'exit');
      await submit(crashing.url, counted.request('only')).catch(() => {});
      await crashed;
      expect(crashing.process.signalCode).toBe('SIGKILL');

      const next = await counted.start();
      const job = await endedJob(next.url, await onlyJob(counted.dataDir));
      expect(job).toMatchObject({ status: 'completed', metrics: { t1: { acc: { value: 0.5 } } } });
      expect(await counted.runs()).toEqual(['only']);
      await next.stop();
      const database = openJournalForReading(counted.dataDir);
      expect(checkJournal(database)).toMatchObject({ jobs: { completed: 1 }, problems: [] });
      database.close();
      expect(await processesOf(counted.folder)).toEqual([]);
    },
  );

  test('a run under way when its server is killed is watched by the next; its log continues, and it completes with its results', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start();
    const jobId = await submit(first.url, counted.request('only'));
    await eventually(async () => (await counted.runs()).length === 1);
    await first.kill();

    const next = await counted.start();
    expect(await (await fetch(`${next.url}/queue`)).json()).toMatchObject({ running_job: jobId });
    await counted.release();
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
    expect(await counted.runs()).toEqual(['only']);
  });

  test('a run that ends between the kill of its server and the next start is concluded from what it left', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start();
    const jobId = await submit(first.url, counted.request('only'));
    await eventually(async () => (await counted.runs()).length === 1);
    await first.kill();
    await counted.release();
    await eventually(async () => (await processesOf(counted.folder)).length === 0);

    const next = await counted.start();
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
    expect(await counted.runs()).toEqual(['only']);
  });
});
