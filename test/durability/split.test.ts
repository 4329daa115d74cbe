import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { commandServers } from '../support/harnesses/commandServer.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { healthOf } from '../support/requests/health.ts';
import { processesOf } from '../support/runs/processes.ts';
import { partPoints } from '../support/server/crashingServer.ts';
import { eventually } from '../support/waiting/eventually.ts';

const tasks = ['letters', 'digits', 'words'];
const split = { tasks, split: true };

function expectSoundJournal(dataDir: string): void {
  const database = openJournalForReading(dataDir);
  expect(checkJournal(database)).toMatchObject({ problems: [] });
  database.close();
}

describe.concurrent('a split job whose server is killed', () => {
  test.for(partPoints.flatMap((point) => [1, 2, 3].map((part) => ({ point, part }))))(
    'a split job whose server is killed $point of part $part goes on with it, and runs each task once',
    async ({ point: crashAt, part }, context) => {
      const { start, request, runs, folder, dataDir } = await commandServers(context);
      const crashing = await start({ crashAt, crashTimes: part });
      const crashed = once(crashing.process, 'exit');
      const id = await submit(crashing.url, request('good', split));
      await crashed;
      expect(crashing.process.signalCode).toBe('SIGKILL');

      const next = await start();
      const job = await endedJob(next.url, id);
      expect(job).toMatchObject({ status: 'completed', error: null });
      expect(Object.keys(job.metrics ?? {})).toEqual(tasks);
      expect(await runs()).toEqual(tasks);
      await next.stop();
      expectSoundJournal(dataDir);
      expect(await processesOf(folder)).toEqual([]);
    },
  );

  test('a server that is killed during a part leaves its run, and the next one goes on with it, with what the part before has measured', async (context) => {
    const { start, request, runs, hold, release } = await commandServers(context);
    await hold('digits');
    const first = await start();
    const id = await submit(first.url, request('good', split));
    await jobWhen(first.url, id, ({ parts }) => parts?.[1]?.log != null);
    await first.kill();

    const next = await start();
    const job = await getJob(next.url, id);
    expect(job).toMatchObject({ status: 'running', partial_metrics: { letters: {} } });
    expect(job.parts?.map(({ status }) => status)).toEqual(['completed', 'running', 'queued']);
    await release('digits');
    expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed' });
    expect(await runs()).toEqual(tasks);
  });

  test('a request to stop a split job holds after the kill of its server: the part under way is ended, and no other begins', async (context) => {
    const { start, request, runs, hold } = await commandServers(context);
    await hold('digits');
    const first = await start();
    const id = await submit(first.url, request('good', split));
    await jobWhen(first.url, id, ({ parts }) => parts?.[1]?.log != null);
    await fetch(`${first.url}/jobs/${id}/stop`, { method: 'POST' });
    await first.kill();

    const next = await start();
    const job = await endedJob(next.url, id);
    expect(job).toMatchObject({ status: 'failed', failure_kind: 'stopped', partial_metrics: { letters: {} } });
    expect(await runs()).toEqual(['letters', 'digits']);
  });
});

test('of a split job no part begins while the end of the one before cannot be written, and the next server runs each task once', async (context) => {
  const { start, request, runs, hold, release, dataDir } = await commandServers(context);
  await hold('letters');
  const first = await start();
  const id = await submit(first.url, request('good', split));
  await jobWhen(first.url, id, ({ parts }) => parts?.[0]?.log != null);
  // Another holds the journal: nothing can be written.
  const { DatabaseSync } = await import('node:sqlite');
  const other = new DatabaseSync(`${dataDir}/journal.db`);
  other.exec('BEGIN IMMEDIATE');
  await release('letters');
  await eventually(async () => !(await healthOf(first.url)).takes_jobs);
  expect(await runs()).toEqual(['letters']);
  await first.kill();
  other.exec('ROLLBACK');
  other.close();

  const next = await start();
  const job = await endedJob(next.url, id);
  expect(job).toMatchObject({ status: 'completed', error: null });
  expect(await runs()).toEqual(tasks);
});
