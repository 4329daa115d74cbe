import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

test('a log of a terabyte fails its job in the time that may be taken for it, and the server and other jobs go on', async () => {
  const server = await startServer({
    harness: 'lmms-eval',
    env: { HF_TOKEN: 'hf_planted0123456789' },
    flags: ['--python', fixture('fake-lmms-eval.mjs'), '--judge-timeout', '1', '--slots', '2'],
  });
  onTestFinished(async () => void (await server.stop()));
  const huge = await submit(server.url, { model: 'sparse-log', tasks: ['t'] });
  const good = await submit(server.url, { model: 'good', tasks: ['t'] });
  expect(await endedJob(server.url, good)).toMatchObject({ status: 'completed' });
  const job = await endedJob(server.url, huge);
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'harness' });
  expect(job.error).toMatch(/^Evaluation failed: its results could not be read in 1 s/);
  expect(job.warnings).toContainEqual(expect.stringMatching(/may show a credential.* most of them a hole/));
  const tail = await send(`${server.url}/jobs/${huge}/log?tail=1`, { method: 'GET' });
  expect(tail.status).toBe(200);
});

test('a run whose files ended a server fails at the next start where they cannot be read, says so, and keeps none waiting', async () => {
  const dataDir = await temporaryFolder();
  const start = (...flags: string[]) =>
    startServer({ harness: 'lmms-eval', flags: ['--python', fixture('fake-lmms-eval.mjs'), ...flags], dataDir });
  let server = await start();
  const jobId = await submit(server.url, { model: 'sparse-log', tasks: ['t'] });
  const note = join(dataDir, 'runs', jobId, 'being-read');
  await eventually(() => existsSync(note));
  await server.kill();
  server = await start('--judge-timeout', '1');
  onTestFinished(async () => void (await server.stop()));
  const job = await endedJob(server.url, jobId);
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'harness' });
  expect(job.error).toContain(
    'could not be read in 1 s (--judge-timeout); the server had ended while it read them before',
  );
  const next = await submit(server.url, { model: 'good', tasks: ['t'] });
  expect(await endedJob(server.url, next)).toMatchObject({ status: 'completed' });
});
