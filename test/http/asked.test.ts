import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServerOptions } from '../support/server/server.ts';

async function serving({ flags = [], ...more }: TestServerOptions = {}) {
  const python = fixture('reading-lmms-eval');
  const server = await startServer({ harness: 'lmms-eval', ...more, flags: ['--python', python, ...flags] });
  onTestFinished(async () => {
    await server.stop();
  });
  const post = (request: object) =>
    send(`${server.url}/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'dummy', tasks: ['t1'], ...request }),
    });
  const listed = () => send(`${server.url}/tasks`, { method: 'GET' });
  return { server, post, listed };
}

describe('a submission that would not run as it asks', () => {
  test('a submission that would not run as asked is 422 with the field, the value and the way out, and nothing is queued', async () => {
    const { server, post } = await serving();
    const answer = await post({ model_args: { system_prompt: "You're terse", model: 'ckpt-12000' } });
    expect(answer).toMatchObject({
      status: 422,
      json: {
        detail: [
          {
            type: 'value_error',
            loc: ['body', 'model_args', 'system_prompt'],
            msg: expect.stringMatching(
              /"system_prompt".*so that "model" would never arrive.*as the last argument.*You're terse/,
            ),
            input: "You're terse",
          },
        ],
      },
    });
    const { json } = await send(`${server.url}/jobs`, { method: 'GET' });
    expect(json).toMatchObject({ jobs: [] });
  });

  test('a submission that runs otherwise than asked has its warnings in the answer and on the job, once', async () => {
    const { server, post } = await serving();
    const warning = 'model_args "version" is text and arrives as a number: 1.1';
    const sent = { model_args: { version: '1.10', limit_mm_per_prompt: { image: 4, video: 1 } } };
    const answer = await post(sent);
    const structure = 'model_args "limit_mm_per_prompt" is passed to the model as JSON';
    expect(answer).toMatchObject({ status: 200, json: { warnings: [structure, warning] } });
    const job = await endedJob(server.url, Object(answer.json).job_id);
    expect(job.warnings).toEqual([structure, warning]);
  });

  test('the refusal of a submission shows no credential, neither in the answer nor in the log', async () => {
    const { server, post } = await serving();
    const secret = "sk-it's-0123456789abcdef";
    const answer = await post({ model_args: { api_key: secret, model: 'm' } });
    expect(answer).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['body', 'model_args', 'api_key'], input: '***' }] },
    });
    expect(answer.text + server.log()).not.toContain('0123456789abcdef');
  });

  test.each([
    ['an output folder with an open quote', (folder: string) => ({ output_dir: join(folder, "it's") }), ['output_dir']],
    ['a name that leads above it', () => ({ model_args: { pretrained: '..' } }), ['model_args', 'pretrained']],
    ['arguments that no command line takes', () => ({ gen_kwargs: `a=${'x'.repeat(140_000)}` }), ['gen_kwargs']],
    ['generation arguments that are none', () => ({ gen_kwargs: 'temperature' }), ['gen_kwargs']],
  ])('a submission is refused with a token in the environment, which is never shown: %s', async (_, fields, path) => {
    const token = 'hf_abcdefghijklmnop12345678';
    const { post } = await serving({ env: { HF_TOKEN: token } });
    const answer = await post(fields(await temporaryFolder()));
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', ...path] }] } });
    expect(answer.text).not.toContain(token);
  });
});

test('a data folder that the harness cannot be given is reported at the start, and its jobs are refused', async () => {
  const dataDir = join(await temporaryFolder(), "the server's");
  await mkdir(dataDir, { mode: 0o700 });
  const { server, post } = await serving({ dataDir, env: { HF_TOKEN: 'hf_abcdefghijklmnop12345678' } });
  await expect.poll(() => server.log()).toMatch(/jobs that write below .*outputs are refused.*--data-dir/);
  expect(await post({})).toMatchObject({
    status: 422,
    json: { detail: [{ loc: ['body', 'output_dir'], input: null }] },
  });
  expect(await post({ output_dir: await temporaryFolder() })).toMatchObject({ status: 200 });
});

test('unknown names are a warning, refused, or not looked at, as the operator configures', async () => {
  const wrong = { model: 'dumy', tasks: ['t1 '] };
  const warning = await serving();
  await warning.listed();
  expect((await warning.post(wrong)).json).toMatchObject({
    warnings: [
      expect.stringMatching(/"dumy".*did you mean "dummy"/),
      expect.stringMatching(/"t1 ".*did you mean "t1"/),
    ],
  });
  expect((await warning.post({ model: 'dumdum' })).json).toMatchObject({ warnings: [] });
  const refusing = await serving({ flags: ['--check-names', 'refuse'] });
  await refusing.listed();
  expect(await refusing.post(wrong)).toMatchObject({
    status: 422,
    json: {
      detail: [
        { loc: ['body', 'model'], input: 'dumy' },
        { loc: ['body', 'tasks', 0], input: 't1 ' },
      ],
    },
  });
  const silent = await serving({ flags: ['--check-names', 'off'] });
  await silent.listed();
  expect((await silent.post(wrong)).json).toMatchObject({ warnings: [] });
});
