import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournalForReading } from '../../src/journal/database.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { processesOf } from '../support/runs/processes.ts';
import { attemptPoints } from '../support/server/crashingServer.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** The first attempt at the only job fails, as for want of memory. */
const failing = { TEST_FAIL: 'only' };
const retry = { max: 1, on: ['outOfMemory'] };

/** The crashes at each attempt; after the end of the second none follows. */
const crashes = attemptPoints.flatMap((point) =>
  (point.includes('end of an attempt') ? [1] : [1, 2]).map((attempt) => ({ point, attempt })),
);

describe.concurrent('a job that is tried again, and whose server is killed', () => {
  test.for(crashes)(
    'a job whose server is killed $point of attempt $attempt goes on with it: it has two runs and completes, and one attempt is on record',
    async ({ point: crashAt, attempt }, context) => {
      const { start, request, runs, folder, dataDir } = await countedRuns(context);
      const crashing = await start({ crashAt, crashTimes: attempt, env: failing });
      const crashed = once(crashing.process, 'exit');
      const id = await submit(crashing.url, { ...request('only'), retry });
      await crashed;
      expect(crashing.process.signalCode).toBe('SIGKILL');

      const next = await start({ env: failing });
      const job = await endedJob(next.url, id);
      expect(job).toMatchObject({
        ...{ status: 'completed', error: null, metrics: { t1: { acc: { value: 0.5 } } } },
        attempts: [{ number: 1, failure_kind: 'outOfMemory' }],
      });
      expect(await runs()).toEqual(['only', 'only']);
      await next.stop();
      const database = openJournalForReading(dataDir);
      expect(checkJournal(database)).toMatchObject({ jobs: { completed: 1 }, problems: [] });
      database.close();
      expect(await processesOf(folder)).toEqual([]);
    },
  );

  test('a server that is killed between two attempts is followed by one that waits for the rest of the time, and begins the second once', async (context) => {
    const { start, request, runs } = await countedRuns(context);
    const first = await start({ env: failing });
    const id = await submit(first.url, { ...request('only'), retry });
    const job = await jobWhen(first.url, id, ({ attempts }) => attempts.length > 0);
    await first.kill();
    const next = await start({ env: failing });
    expect(await getJob(next.url, id)).toMatchObject({ status: 'running', backend: null, attempts: job.attempts });
    const ended = await endedJob(next.url, id);
    expect(ended).toMatchObject({ status: 'completed', attempts: [{ next_at: job.attempts[0]?.next_at }] });
    expect(await runs()).toEqual(['only', 'only']);
    const { number = 0 } = (await eventsOf(next.url, id)).find(({ type }) => type === 'attemptFailed') ?? {};
    const later = (await eventsOf(next.url, id)).find((event) => event.number > number && event.type === 'launched');
    expect(Date.parse(later?.at ?? '')).toBeGreaterThanOrEqual(Date.parse(job.attempts[0]?.next_at ?? '') - 1_000);
  });

  test('a request to stop between two attempts holds after the kill of its server: no other is begun', async (context) => {
    const { start, request, runs } = await countedRuns(context);
    const first = await start({ env: failing });
    const id = await submit(first.url, { ...request('only'), retry: { max: 1, on: ['outOfMemory'] } });
    await jobWhen(first.url, id, ({ attempts }) => attempts.length > 0);
    await fetch(`${first.url}/jobs/${id}/stop`, { method: 'POST' });
    await first.kill();
    const next = await start({ env: failing });
    expect(await endedJob(next.url, id)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
    expect(await runs()).toEqual(['only']);
  });

  test('a run whose launcher is killed while its server is away is lost, and is tried again; the log of each attempt can be read', async (context) => {
    const { start, request, runs, hold, release, dataDir } = await countedRuns(context);
    await hold();
    const first = await start();
    const id = await submit(first.url, { ...request('only'), retry: '1:lost' });
    await eventually(async () => (await runs()).length === 1);
    const { backend } = await jobWhen(first.url, id, ({ backend: place }) => place !== null);
    await first.kill();
    process.kill(-Number(backend?.id), 'SIGKILL');
    const next = await start();
    await release();
    const job = await endedJob(next.url, id);
    expect(job).toMatchObject({ status: 'completed', attempts: [{ number: 1, failure_kind: 'lost' }] });
    expect(await runs()).toEqual(['only', 'only']);
    // Two runs, two logs, two folders of state: the second is none of the first.
    expect(job.log).not.toBe(job.attempts[0]?.log);
    await expect(readFile(`${dataDir}/runs/${id}/attempt-2/1/prepared.json`, 'utf8')).resolves.toContain(job.log);
    for (const attempt of [1, 2]) {
      const answer = await fetch(`${next.url}/jobs/${id}/log?attempt=${attempt}`);
      expect([attempt, answer.status]).toEqual([attempt, 200]);
    }
    expect((await fetch(`${next.url}/jobs/${id}/log?attempt=3`)).status).toBe(404);
  });
});

async function eventsOf(url: string, id: string): Promise<{ number: number; type: string; at: string }[]> {
  const text = await (await fetch(`${url}/jobs/${id}/events?follow=false`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith('data: {"number"'))
    .map((line) => JSON.parse(line.slice('data: '.length)));
}
