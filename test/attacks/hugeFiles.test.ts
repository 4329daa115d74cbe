import { expect, onTestFinished, test } from 'vitest';
import { submit } from '../../src/cli/client.ts';
import { endedJob } from '../support/jobs.ts';
import { fixture } from '../support/localRun.ts';
import { send } from '../support/send.ts';
import { startServer } from '../support/server.ts';

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
