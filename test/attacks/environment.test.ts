import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const kept = {
  EVALD_WEBHOOK_SECRET: 'a-secret-of-more-than-32-characters',
  AWS_SECRET_ACCESS_KEY: 'k',
  GITHUB_TOKEN: 'g',
  SSH_AUTH_SOCK: '/s',
  RANK: '0',
};
const given = { HF_HOME: '/hf', OPENAI_API_KEY: 'o', https_proxy: 'http://proxy', MY_ONE: '1', MY_TWO: '2' };

test('runs, merges and questions to the harness get the listed variables and those the operator adds, and no more', async () => {
  const file = join(await temporaryFolder(), 'environments');
  const server = await startServer({
    harness: 'lmms-eval',
    flags: ['--python', fixture('tells-environment'), '--pass-env', 'MY_*', '--pass-env', 'NOT_SET'],
    env: { ...kept, ...given, TEST_ENVIRONMENT: file },
  });
  onTestFinished(async () => void (await server.stop()));
  const jobId = await submit(server.url, { model: 'm', tasks: ['t'] });
  expect(await endedJob(server.url, jobId)).toMatchObject({ failure_kind: 'exited' });
  await send(`${server.url}/tasks`, { method: 'GET' });
  await send(`${server.url}/merge`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ checkpoint_path: '/c' }),
  });
  // The version before the run, whether it can run at all, the run, the tasks and the merge.
  const environments = await eventually(async () => {
    const asked = (await readFile(file, 'utf8')).split('ASKED ').slice(1);
    // One may be under way.
    return asked.length >= 5 && asked.every((text) => text.endsWith('\nEND\n')) && asked;
  });
  expect(environments.some((text) => text.startsWith('-m\n'))).toBe(true);
  for (const environment of environments) {
    for (const [name, value] of Object.entries(given)) expect(environment).toContain(`\n${name}=${value}\n`);
    for (const name of Object.keys(kept)) expect(environment).not.toContain(`\n${name}=`);
    expect(environment).not.toMatch(/\nEVALD_(?!TEST_|RUN=)/);
  }
});

test.each([
  ['EVALD_TOKEN', 'a secret of the server itself'],
  ['EVALD_WEBHOOK_SECRET', 'a secret of the server itself'],
  ['RANK', 'a part of a distributed run'],
])('--pass-env %s is refused at the start', async (name, why) => {
  const { code, stderr } = await runMain(['--pass-env', name]);
  expect(code).toBe(2);
  expect(stderr).toContain('--pass-env');
  expect(stderr).toContain(why);
  expect(stderr.trim()).not.toContain('\n');
});
