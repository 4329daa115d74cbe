import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, type TestContext, test } from 'vitest';
import { digestOf } from '../../src/security/tokens/token.ts';
import { commandLinesWith, filesWith } from '../support/files/filesWith.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { everyAnswer } from '../support/requests/everyAnswer.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { leakyServer } from '../support/server/leakyServer.ts';
import { runMain } from '../support/server/runMain.ts';
import type { TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const first = 'NAMED-of-the-operator-4711';
const second = 'NAMED-that-came-later-0815';
const naming = { model_args: { response: 'B', api_key: 'secret:openai' }, gen_kwargs: null };

let file: string;
const write = (...lines: string[]) => writeFile(file, `# keys\n${lines.join('\n')}\n`, { mode: 0o600 });
beforeEach(async () => {
  file = join(await temporaryFolder(), 'secrets');
  await write(`openai = ${first}`, 'other=of-another-service');
});

const post = (server: TestServer, path: string, body: unknown, headers = {}) =>
  send(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
const request = { model: 'good', tasks: ['t1'], ...naming };

async function reloaded(server: TestServer, says: string): Promise<void> {
  const before = server.log().length;
  server.process.kill('SIGHUP');
  await eventually(() => server.log().slice(before).includes(says));
}

test('a job that names a secret runs with it, and neither its request nor the journal, an answer or a command line has it', async (context: TestContext) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const server = await leaky.start({ flags: ['--secrets', file] });
  const jobId = await leaky.submit(server, naming);
  await leaky.held();
  const showing = (texts: Iterable<string>) => [...texts].filter((text) => text.includes(first));

  const during = await everyAnswer(server.url, jobId, 't1');
  expect(during.get(`/jobs/${jobId} {}`)).toContain('"api_key":"secret:openai"');
  expect(showing(during.values())).toEqual([]);
  expect(await commandLinesWith([first])).toEqual([]);
  const output = join('outputs', `lmms_eval_${jobId}`);
  const config = join('runs', jobId, '1', 'config.json');
  // It has it: else nothing here would say anything. The journal never has.
  expect(await filesWith(leaky.dataDir, [first])).toEqual([
    expect.stringMatching(new RegExp(`^${output}/eval-[\\d-]+\\.log$`)),
    join(output, 'notes', 'deep', 'arguments.txt'),
    config,
    'secrets-in-use',
  ]);
  for (const name of [config, 'secrets-in-use']) {
    expect((await stat(join(leaky.dataDir, name))).mode & 0o777).toBe(0o600);
  }

  await leaky.release();
  expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed', warnings: [] });
  expect(showing((await everyAnswer(server.url, jobId, 't1')).values())).toEqual([]);
  expect(await filesWith(leaky.dataDir, [first])).toEqual(['secrets-in-use']);

  // One with a credential of its own cannot be.
  const retry = await post(server, `/jobs/${jobId}/retry`, {});
  expect(retry.status).toBe(200);
  const again = await endedJob(server.url, Object(retry.json).job_id);
  expect(again).toMatchObject({ status: 'completed', request: { model_args: naming.model_args } });
  const log = await readFile(
    join(leaky.dataDir, 'outputs', `lmms_eval_${Object(retry.json).job_id}`, 'm', '20261124_000000_results.json'),
    'utf8',
  );
  expect(log).toContain(`api_key=${'*'.repeat(first.length)}`);
  const dry = await post(server, '/evaluate?dry_run=1', request);
  expect(dry.status).toBe(200);
  expect(dry.text).toContain('--config');
  expect(dry.text).not.toContain(first);
  expect((await runMain(['journal', 'export', '--data-dir', leaky.dataDir])).stdout).not.toContain(first);
  expect(server.log()).not.toContain(first);
});

test('a secret that is replaced while a run has it is not shown by that run, also by a server that never knew it, and is then forgotten', async (context) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const flags = ['--secrets', file];
  const server = await leaky.start({ flags });
  const jobId = await leaky.submit(server, naming);
  await leaky.held();
  await write(`openai=${second}`);
  await reloaded(server, '1 secret is known');
  await server.kill();

  const next = await leaky.start({ flags });
  const log = await send(`${next.url}/jobs/${jobId}/log`, { method: 'GET' });
  expect(log.text).toContain('plain: ');
  expect(log.text).not.toContain(first);
  await leaky.release();
  expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed', warnings: [] });
  expect(await filesWith(leaky.dataDir, [first])).toEqual(['secrets-in-use']);

  // A job that is submitted now gets the one that is there now.
  const later = await leaky.submit(next, naming);
  expect(await endedJob(next.url, later)).toMatchObject({ status: 'completed' });
  expect(await filesWith(leaky.dataDir, [second])).toEqual(['secrets-in-use']);
  await reloaded(next, '1 secret is known');
  expect(await filesWith(leaky.dataDir, [first])).toEqual([]);
});

test('a job whose secret was taken away while it waited fails by that, and a file that cannot be used changes nothing', async (context) => {
  const leaky = await leakyServer(context);
  await leaky.hold();
  const server = await leaky.start({ flags: ['--secrets', file, '--slots', '1'] });
  const running = await leaky.submit(server, naming);
  await leaky.held();
  const waiting = await leaky.submit(server, naming);
  await write('openai');
  await reloaded(server, `the secrets stay as they were: --secrets: ${file}, line 2: a line should be NAME=VALUE`);
  await write('other=of-another-service');
  await reloaded(server, '1 secret is known');
  await leaky.release();
  // What runs has it, and is redacted and judged as before.
  expect(await endedJob(server.url, running)).toMatchObject({ status: 'completed', warnings: [] });
  expect(await endedJob(server.url, waiting)).toMatchObject({
    status: 'failed',
    failure_kind: 'launch',
    error: expect.stringContaining('the server has no secret openai any more (--secrets)'),
  });
  expect(await filesWith(join(leaky.dataDir, 'runs'), [first])).toEqual([]);
  expect(await filesWith(join(leaky.dataDir, 'outputs'), [first])).toEqual([]);
});

test('the file of tokens says which secrets a token may name; every other name is refused with what is allowed', async (context) => {
  const leaky = await leakyServer(context);
  const tokens = join(await temporaryFolder(), 'tokens');
  const lines = [
    ['alice', 'submit', 'secrets=openai'],
    ['bob', 'submit', ''],
    ['carol', 'submit', 'secrets=*'],
    ['root', 'admin', ''],
  ];
  const tokenOf = (name: string) => `token-of-${name}-0123456789`;
  await writeFile(
    tokens,
    lines.map(([name = '', role, more]) => `${name} ${role} ${digestOf(tokenOf(name))} ${more}\n`).join(''),
    { mode: 0o600 },
  );
  const server = await leaky.start({ flags: ['--secrets', file, '--tokens', tokens] });
  const by = (name: string) => ({ authorization: `Bearer ${tokenOf(name)}` });
  const named = (secret: string) => ({ ...request, model_args: { response: 'B', api_key: `secret:${secret}` } });
  const field = '`model_args` value of "api_key"';

  for (const name of ['alice', 'carol', 'root']) {
    expect(await post(server, '/evaluate?dry_run=1', named('openai'), by(name)), name).toMatchObject({ status: 200 });
  }
  expect(await post(server, '/evaluate', named('other'), by('alice'))).toMatchObject({
    status: 403,
    json: { detail: `${field} secret other is not allowed; allowed: openai (secrets= in the file of tokens)` },
  });
  expect(await post(server, '/evaluate', named('openai'), by('bob'))).toMatchObject({
    status: 403,
    json: { detail: `${field} secret openai is not allowed; the token may name none (secrets= in the file of tokens)` },
  });
  expect(await post(server, '/evaluate', named('opnai'), by('carol'))).toMatchObject({
    status: 422,
    json: {
      detail: [
        {
          loc: ['body', 'model_args', 'api_key'],
          msg: expect.stringContaining(`${field} should name one of the secrets of this server: openai, other`),
        },
      ],
    },
  });
  // A retry is a submission of the one that asks for it.
  const jobId = await submit(server.url, request, { ...by('alice'), 'Idempotency-Key': 'by-alice' });
  await eventually(async () => {
    const { json } = await send(`${server.url}/jobs/${jobId}`, { method: 'GET', headers: by('alice') });
    return Object(json).status === 'completed';
  });
  expect(await post(server, `/jobs/${jobId}/retry`, {}, by('bob'))).toMatchObject({ status: 403 });
  const actions = await post(server, '/jobs/actions', { action: 'retry', ids: [jobId] }, by('bob'));
  expect(actions.text).toContain('secret openai is not allowed');
  expect(await post(server, `/jobs/${jobId}/retry`, {}, by('carol'))).toMatchObject({ status: 200 });
});

test('a name of a secret stands only where a credential may, and only where the operator gives some', async (context) => {
  const leaky = await leakyServer(context);
  const server = await leaky.start();
  const refused = async (more: object) => {
    const { status, json } = await post(server, '/evaluate', { ...request, ...more });
    return [status, Object(json).detail[0].loc.slice(1), Object(json).detail[0].msg];
  };
  expect(await refused({})).toEqual([
    422,
    ['model_args', 'api_key'],
    expect.stringContaining('names the secret openai, and this server has none: its operator gives them (--secrets)'),
  ]);
  expect(await refused({ model_args: { base_url: 'secret:openai' } })).toEqual([
    422,
    ['model_args', 'base_url'],
    expect.stringContaining('should not name a secret: only what is kept back may'),
  ]);
  expect(await refused({ model_args: {}, gen_kwargs: 'temperature=0,api_key=secret:openai' })).toEqual([
    422,
    ['gen_kwargs'],
    expect.stringContaining('cannot name a secret, as secret:openai: only `model_args` can'),
  ]);
});
