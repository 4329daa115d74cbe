import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ flags: ['--max-completed-jobs', '1', '--history', '1', '--temp-dir-prefix', 'own-'] });
});
afterAll(() => server.stop());

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 2 };
const complete = async (request: object) => {
  const job = await endedJob(server.url, await submit(server.url, request));
  expect(job.status).toBe('completed');
  return job;
};

const untilForgotten = (jobId: string) =>
  eventually(async () => {
    const { status, json } = await send(`${server.url}/jobs/${jobId}`, { method: 'GET' });
    if (status === 404) expect(json).toEqual({ detail: `Job ${jobId} not found` });
    return status === 404;
  });

test('a forgotten job takes its own folder with it, and leaves the folder that its client named', async () => {
  const outputs = join(server.dataDir, 'outputs');
  const named = join(await temporaryFolder(), 'of the client');
  const first = await complete(quick);
  expect(await readdir(outputs)).toEqual([`own-${first.job_id}`]);

  const second = await complete({ ...quick, output_dir: named });
  await untilForgotten(first.job_id);
  await eventually(async () => (await readdir(outputs)).length === 0);
  await eventually(async () => !(await readdir(join(server.dataDir, 'runs'))).includes(first.job_id));

  const third = await complete(quick);
  await untilForgotten(second.job_id);
  await eventually(async () => !(await readdir(join(server.dataDir, 'runs'))).includes(second.job_id));
  const [files] = Object.values(second.result ?? {});
  for (const path of [files?.results, ...(files?.samples ?? []), second.log]) {
    expect(path?.startsWith(`${named}/`), String(path)).toBe(true);
    expect(existsSync(String(path)), String(path)).toBe(true);
  }
  expect(await readdir(outputs)).toEqual([`own-${third.job_id}`]);
  expect(await send(`${server.url}/queue`, { method: 'GET' })).toMatchObject({ json: { completed_jobs: 1 } });
});
