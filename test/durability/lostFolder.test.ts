import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { healthOf } from '../support/requests/health.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { eventually } from '../support/waiting/eventually.ts';

const post = (url: string, body: unknown) =>
  send(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

const ways: [string, (dataDir: string) => Promise<unknown>][] = [
  ['deleted', (dataDir) => rm(dataDir, { recursive: true })],
  ['moved away', (dataDir) => rename(dataDir, `${dataDir}.moved`)],
  ['replaced', (dataDir) => rename(dataDir, `${dataDir}.moved`).then(() => mkdir(dataDir))],
  ['left without the file of its last changes', (dataDir) => rm(join(dataDir, 'journal.db-wal'))],
  ['left without its lock, so that another server could take it', (dataDir) => rm(join(dataDir, 'lock.db'))],
];

test.each(ways)('a server whose data folder is %s is degraded at once and acknowledges nothing', async (_, lose) => {
  const runs = await countedRuns({ onTestFinished });
  const server = await runs.start();
  await endedJob(server.url, await submit(server.url, runs.request('a')));
  expect((await healthOf(server.url)).status).toBe('healthy');
  await lose(runs.dataDir);
  expect(await healthOf(server.url)).toMatchObject({
    status: 'degraded',
    reasons: [expect.stringMatching(/since this server opened it: .* start it on the folder that is to be used/)],
  });
  const refused = await post(`${server.url}/evaluate`, runs.request('b'));
  expect(refused.status).toBe(503);
  expect(JSON.stringify(refused.json)).toContain('since this server opened it');
  expect((await post(`${server.url}/queue/pause`, {})).status).toBe(503);
  expect(await runs.runs()).toEqual(['a']);
});

test('a data folder that comes back is used again, and what happened to runs meanwhile is recorded', async (context) => {
  const runs = await countedRuns(context);
  const server = await runs.start();
  await runs.hold();
  const jobId = await submit(server.url, runs.request('a'));
  await eventually(async () => (await runs.runs()).length === 1);
  await rename(runs.dataDir, `${runs.dataDir}.moved`);
  expect((await post(`${server.url}/evaluate`, runs.request('b'))).status).toBe(503);
  await rename(`${runs.dataDir}.moved`, runs.dataDir);
  await runs.release();
  await eventually(async () => (await healthOf(server.url)).status === 'healthy');
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed' });
  await server.kill();
  expect(await getJob((await runs.start()).url, jobId)).toMatchObject({ status: 'completed' });
});
