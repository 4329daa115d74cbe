import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { removeFolder } from '../files/removeFolder.ts';
import { submit } from '../jobs/client.ts';
import { endedJob, jobWhen } from '../jobs/jobs.ts';
import { send } from '../requests/send.ts';
import { startServer, type TestServerOptions } from '../server/server.ts';
import { tokensFile } from '../server/tokens.ts';
import { eventually } from '../waiting/eventually.ts';
import { fixture } from './localRun.ts';
import { processesOf } from './processes.ts';

/**
 * Has a run that ignores TERM stopped by a server that is killed as soon as it has answered, and expects that the next one
 * stops it: nothing of it is left, and its job failed as stopped, by whose request it was.
 * @param flags of the server: where runs run.
 */
export async function expectStopAfterCrash(
  context: Pick<TestContext, 'onTestFinished'>,
  { flags = [], env = {} }: Pick<TestServerOptions, 'flags' | 'env'> = {},
): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  const tokens = await tokensFile(context, { alice: 'submit' });
  const headers = tokens.bearer('alice');
  const start = async (grace: string) => {
    const own = ['--python', fixture('stubborn-lmms-eval'), '--tokens', tokens.file, '--grace', grace];
    const server = await startServer({ harness: 'lmms-eval', dataDir, env, flags: [...own, ...flags] });
    context.onTestFinished(async () => void (await server.stop()));
    return server;
  };
  context.onTestFinished(() => removeFolder(dataDir));

  // The first one would not kill it while this test lasts.
  const first = await start('3600');
  const jobId = await submit(first.url, { model: 'dummy', tasks: ['t1'] }, headers);
  await jobWhen(first.url, jobId, ({ log }) => log !== null, headers);
  const log = () => send(`${first.url}/jobs/${jobId}/log`, { method: 'GET', headers });
  await eventually(async () => (await log()).text.includes('ready'));
  const stop = await send(`${first.url}/jobs/${jobId}/stop`, { method: 'POST', headers });
  expect(stop).toMatchObject({ status: 202, json: { message: `Job ${jobId} is being stopped` } });
  await first.kill();
  expect(await processesOf(dataDir)).not.toEqual([]);

  const next = await start('1');
  expect(await endedJob(next.url, jobId, headers)).toMatchObject({
    status: 'failed',
    failure_kind: 'stopped',
    error: expect.stringMatching(/^Evaluation was stopped on request of alice\./),
    stop_requested: { by: 'alice' },
  });
  // What is left is the server itself.
  expect(await processesOf(dataDir)).toEqual([next.process.pid]);
}
