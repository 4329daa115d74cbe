import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, createClient } from '../../src/client/index.ts';
import { readHookTemplate } from '../../src/composition/hookTemplate.ts';
import { fillTemplate, type HookTemplate } from '../../src/schemas/hooks/hookTemplate.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { createTestApp } from './fakes.ts';

const hook = { event: 'save', step: 100, checkpoint_dir: '/runs/r7/checkpoint-100', output_dir: '/runs/r7' };

test('a template becomes a submission: texts get what was sent, a text that is the step alone the number, and names stay', () => {
  const template: HookTemplate = {
    model: 'vllm',
    tasks: ['a', '{event}'],
    model_args: { model: '{checkpoint_dir}', '{step}': 1, deep: [{ path: '{output_dir}/x{step}' }], other: null },
    labels: { step: '{step}' },
  };
  // What is put in is not looked through again.
  expect(fillTemplate(template, { ...hook, checkpoint_dir: '/{step}$&' })).toEqual({
    model: 'vllm',
    tasks: ['a', 'save'],
    model_args: { model: '/{step}$&', '{step}': 1, deep: [{ path: '/runs/r7/x100' }], other: null },
    labels: { step: 100 },
  });
});

test.each([
  ['model: m', '`tasks`'],
  ['model: m\ntasks: [t]\nlimits: 3', 'unknown field "limits"'],
  ['model: m\ntasks: [t]\nnum_gpus: 0', '`num_gpus`'],
  [
    'model: m\ntasks: [t]\nlabels: {run: "{output}"}',
    '`labels.run` has {output}; in braces may stand {event}, {step}, {checkpoint_dir}, {output_dir}',
  ],
  ['- model: m', 'it should be a submission'],
  ['model: [m', 'line 1'],
  ['{"model": "m", "tasks": ["t"], "priority": 1000}', '`priority`'],
])('a template %j is refused at the start, with its file and what is wrong', async (text, reason) => {
  const file = join(await temporaryFolder(), 'template.yaml');
  await writeFile(file, text);
  const refusal = await readHookTemplate(file).then(String, ({ name, message }) => `${name}: ${message}`);
  expect(refusal).toContain(`ConfigError: --hook-template ${file}: `);
  expect(refusal).toContain(reason);
});

test('a server whose template cannot be read does not start', async () => {
  const data = await temporaryFolder();
  const { code, stderr } = await runMain([
    '--hook-template',
    join(data, 'none.yaml'),
    '--data-dir',
    join(data, 'd'),
    '--port',
    '0',
  ]);
  expect([code, stderr]).toEqual([
    2,
    expect.stringMatching(/^evald: --hook-template \S+none\.yaml: it cannot be read/),
  ]);
});

test('a server without a template takes no hook, and says what it was started without', async () => {
  const { post } = createTestApp({ hookTemplate: null });
  const answer = await post('/hooks/checkpoint', hook);
  expect([answer.status, await answer.json()]).toEqual([404, { detail: expect.stringContaining('--hook-template') }]);
});

test.each([
  [{ ...hook, step: -1 }, '`step`'],
  [{ ...hook, event: 'a b' }, '`event`'],
  [{ ...hook, checkpoint_dir: '' }, '`checkpoint_dir`'],
  [{ ...hook, output_dir: undefined }, 'Field required'],
  [{ ...hook, checkpoint_dir: '/x'.repeat(3_000) }, '`checkpoint_dir` should have at most 4096 characters'],
])('a hook that cannot be understood is refused, with the field and what is allowed', async (body, reason) => {
  const answer = await createTestApp().post('/hooks/checkpoint', body);
  expect([answer.status, await answer.text()]).toEqual([422, expect.stringContaining(reason)]);
});

describe('a server with a template, asked as the plugin of axolotl asks', () => {
  let server: TestServer;
  let client: Client;
  const file = join(tmpdir(), `evald-hooks-${process.pid}.yaml`);
  beforeAll(async () => {
    await writeFile(
      file,
      'model: majority\ntasks: [demo_digits, demo_shapes]\nlimit: 5\nlabels: {run: "{output_dir}", step: "{step}"}\n',
    );
    server = await startServer({ flags: ['--hook-template', file] });
    client = createClient({ server: server.url });
  });
  afterAll(async () => {
    await server?.stop();
    await rm(file, { force: true });
  });

  const send = async (path: string, body?: object) => {
    const answer = await fetch(`${server.url}/hooks/checkpoint${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    return { status: answer.status, body: Object(await answer.json()) };
  };

  test('a checkpoint is queued at once, and polled below the same address until its metrics are there as flat numbers', async () => {
    const sent = await send('', hook);
    expect(sent).toEqual({
      status: 200,
      body: { job_id: expect.any(String), status: expect.toBeOneOf(['queued', 'running']), metrics: {}, error: null },
    });
    const polled = await send(`/${sent.body.job_id}?wait=60`);
    expect(polled.body).toMatchObject({ job_id: sent.body.job_id, status: 'completed', error: null });
    const job = await client.job(sent.body.job_id);
    expect(job.labels).toEqual({ run: '/runs/r7', step: 100 });
    expect(polled.body.metrics['eval/demo_digits/acc']).toBe(job.metrics?.['demo_digits']?.['acc']?.value);
    expect(Object.keys(polled.body.metrics).length).toBeGreaterThan(1);
    for (const value of Object.values(polled.body.metrics)) expect(value).toEqual(expect.any(Number));
  });

  test('a hook that is sent again, at once and after the end, runs once; another step or folder is another job', async () => {
    const body = { ...hook, step: 200 };
    const ids = (await Promise.all(Array.from({ length: 5 }, () => send('', body)))).map((sent) => sent.body.job_id);
    expect(new Set(ids).size).toBe(1);
    expect((await send(`/${ids[0]}?wait=60`)).body.status).toBe('completed');
    const again = (await send('', { ...body, event: 'train_end' })).body;
    expect([again.job_id, again.status]).toEqual([ids[0], 'completed']);
    expect((await send('', { ...body, step: 201 })).body.job_id).not.toBe(ids[0]);
    expect((await send('', { ...body, checkpoint_dir: '/runs/r8/checkpoint-200' })).body.job_id).not.toBe(ids[0]);
  });

  test('a checkpoint that was written anew into the same folder is evaluated anew, and never answered with the numbers of the one before', async () => {
    const folder = join(await temporaryFolder(), 'checkpoint-250');
    const body = { ...hook, step: 250, checkpoint_dir: folder };
    const save = async (text: string) => {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
      await writeFile(join(folder, 'model.safetensors'), text);
    };
    await save('weights');
    const first = (await send('', body)).body.job_id;
    expect((await send('', body)).body.job_id).toBe(first);
    await save('other weights');
    const second = (await send('', body)).body.job_id;
    expect(second).not.toBe(first);
    // Of the same size: the time tells.
    await writeFile(join(folder, 'model.safetensors'), 'OTHER WEIGHTS');
    expect([first, second]).not.toContain((await send('', body)).body.job_id);
  });

  test('a hook may wait for its metrics', async () => {
    const { body } = await send('?wait=60', { ...hook, step: 300 });
    expect([body.status, body.metrics['eval/demo_digits/acc']]).toEqual(['completed', expect.any(Number)]);
  });

  test('an evaluation that fails or is taken back says so, with the reason, and shows no metrics', async () => {
    await client.pause();
    const { body } = await send('', { ...hook, step: 400 });
    expect(body.status).toBe('queued');
    await client.cancel(body.job_id);
    await client.resume();
    expect((await send(`/${body.job_id}`)).body).toMatchObject({ status: 'cancelled', metrics: {} });
    const { job_id } = await client.submit({ model: 'majority', tasks: ['demo_digits'], model_args: { delay: 3_600 } });
    for await (const { type } of client.events({ job: job_id, after: 0 })) if (type === 'launched') break;
    await client.stop(job_id);
    const failed = (await send(`/${job_id}?wait=60`)).body;
    expect(failed).toEqual({ job_id, status: 'failed', metrics: {}, error: expect.stringContaining('stop') });
    expect(await send('/none')).toMatchObject({ status: 404 });
  });
});
