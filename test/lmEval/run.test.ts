import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { commandLinesWith } from '../support/files/filesWith.ts';
import { type LmEvalFolder, makeLmEvalFolder } from '../support/harnesses/lmEvalServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, lmEval } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { isRunning } from '../support/runs/processes.ts';
import type { TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const SECRET = 'sk-evald0123456789abcdef';
const harness = 'lm-eval';

/** 2 of 6 by the filter `plain`, 1 of 6 by `loud`; the error as lm-eval works it out of the samples. */
const score = (right: number, filter: string, n = 6) => ({
  ...{ filter, value: right / n, stderr: expect.closeTo(Math.sqrt(((right / n) * (1 - right / n)) / (n - 1)), 12) },
  ...{ stderr_clt: null, stderr_clustered: null, higher_is_better: true, n, n_failed: 0, n_empty: 0, n_unscored: 0 },
});
const scores = { 'exact_match,plain': score(2, 'plain'), 'exact_match,loud': score(1, 'loud') };

describeWith(lmEval, 'the real lm-eval', () => {
  let lm: LmEvalFolder;
  let server: TestServer;
  let whole: JobInfo;
  let unsaved: JobInfo;
  let unsampled: JobInfo;
  let secret: JobInfo;
  let commandLines = '';

  const evaluate = async (request: object): Promise<JobInfo> => {
    const id = await submit(server.url, { harness, model: 'dummy', ...request });
    return endedJob(server.url, id);
  };
  const post = (path: string, body: object) =>
    send(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  // Each run costs many seconds: all of them first, two at a time.
  beforeAll(async () => {
    lm = await makeLmEvalFolder();
    await lm.writeTask('slash.yaml', 'evald/slash', 'evald_bad');
    await lm.writeTask('three.yaml', 'evald_three', 'evald_bad');
    server = await lm.start();
    const output_dir = join(lm.folder, 'occupied');
    await mkdir(output_dir);
    await writeFile(join(output_dir, 'model'), 'a file where its folder would be');
    await lm.hold();
    const held = evaluate({ tasks: ['evald_held'], model_args: { pretrained: 'm', auth: { api_key: SECRET } } });
    await eventually(async () => (await lm.begun()).length === 1);
    const args = { pretrained: '/my models/a, b', nested: { list: [1, 'x,y', 1e-7], on: true }, none: null };
    [whole, unsaved, unsampled] = await Promise.all([
      evaluate({ tasks: ['evald_group', 'evald_three'], model_args: args, gen_kwargs: 'temperature=0.5' }),
      evaluate({ tasks: ['evald_one'], model_args: { pretrained: 'model' }, output_dir, limit: 2 }),
      evaluate({ tasks: ['evald_bad', 'evald_one'], model_args: { pretrained: 'm' } }),
    ]);
    commandLines = (await commandLinesWith(['--tasks=evald_held', SECRET])).join('\n');
    await lm.release();
    secret = await held;
  }, 900_000);
  afterAll(async () => {
    await lm.release();
    await server.stop();
    await lm.remove();
  });

  test('a job that names lm-eval in a server whose default is the demo completes with the numbers of its answers', () => {
    expect(whole).toMatchObject({ status: 'completed', error: null, harness });
    expect(whole.metrics).toEqual({
      evald_one: scores,
      evald_two: scores,
      evald_three: scores,
      evald_group: {
        'exact_match,plain': { ...score(4, 'plain', 12), stderr: expect.any(Number), higher_is_better: true },
      },
    });
    expect(whole.warnings).toEqual([
      'model_args "nested" is passed to the model as JSON',
      'model_args "none" is null and was left out',
    ]);
  });

  test('arguments of the model with commas, blanks and structures reach lm-eval as they were sent', async () => {
    const [{ results = '' } = {}] = Object.values(whole.result ?? {});
    const { config } = JSON.parse(await readFile(results, 'utf8'));
    expect(config.model_args).toEqual({ pretrained: '/my models/a, b', nested: { list: [1, 'x,y', 1e-7], on: true } });
    expect(config.gen_kwargs).toEqual({ temperature: 0.5 });
  });

  test('the numbers of lm-eval have its version, those of its tasks, their examples and the seeds', async () => {
    const { json } = await send(`${server.url}/scores?job=${whole.job_id}`, { method: 'GET' });
    const made = { harness, harness_version: '0.4.13', seed: '0,1234,1234,1234', task_version: '1.5', num_fewshot: 0 };
    expect(Object(json).scores).toHaveLength(7);
    for (const one of Object(json).scores) expect(one, one.task).toMatchObject(made);
    const { task_version: version, num_fewshot, ...of } = made;
    const args = { pretrained: '/my models/a, b', nested: { list: [1, 'x,y', 1e-7], on: true }, none: null };
    expect(whole.provenance).toMatchObject({
      ...of,
      num_gpus: 1,
      operator_options: ['include_path'],
      arguments: { model: 'dummy', model_args: args, gen_kwargs: 'temperature=0.5' },
      tasks: { evald_one: { version, num_fewshot, hash: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    });
    expect(unsampled.provenance).toMatchObject({ harness, harness_version: '0.4.13', num_gpus: 1 });
    expect(Object(json).scores.filter((one: { is_group: boolean }) => one.is_group)).toMatchObject([
      { task: 'evald_group', n: 12 },
    ]);
  });

  test('results that lm-eval could not save fail a run that exits 0, with its own words', () => {
    expect(unsaved).toMatchObject({
      status: 'failed',
      error: expect.stringMatching(/Could not save results aggregated: (FileExists|NotADirectory)Error/),
      metrics: null,
    });
  });

  test('samples that lm-eval could not save fail a run that exits 0, and what was measured is kept', () => {
    expect(unsampled).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('Could not save sample results: FileNotFoundError'),
      partial_metrics: { evald_one: scores, evald_three: scores },
    });
  });

  test('a retry of the missing runs the tag of which a task is missing, with what it stands for by then', async () => {
    await lm.writeTask('slash.yaml', 'evald_slash', 'evald_bad');
    const { json } = await post(`/jobs/${unsampled.job_id}/retry?missing=1`, {});
    const again = await endedJob(server.url, Object(json).job_id);
    expect(again).toMatchObject({ status: 'completed', request: { tasks: ['evald_bad'] }, harness });
    expect(again.metrics).toEqual({ evald_slash: scores, evald_three: scores });
  }, 600_000);

  test('a secret in the arguments of a model is on no command line, and in no file that its run leaves', async () => {
    expect(secret).toMatchObject({ status: 'completed', metrics: { evald_held: scores } });
    expect(secret.provenance?.arguments.model_args).toEqual({ pretrained: 'm', auth: { api_key: '***' } });
    expect(commandLines).toContain('--tasks=evald_held');
    expect(commandLines).not.toContain(SECRET);
    const files = await readdir(server.dataDir, { recursive: true, withFileTypes: true });
    const texts = files.filter((file) => file.isFile() && !file.name.includes('.db'));
    expect(texts.map(({ name }) => name)).toContain('prepared.json');
    for (const file of texts) {
      expect((await readFile(join(file.parentPath, file.name))).includes(SECRET), file.name).toBe(false);
    }
  });

  test.each([
    [
      'a name of a checkpoint beyond 255 bytes',
      { model_args: { pretrained: `/${'long/'.repeat(60)}` } },
      /make a short link/,
    ],
    ['an argument that lm-eval passes itself', { model_args: { device: 'cpu' } }, /use the field `device`/],
    ['generation that cannot be read', { gen_kwargs: 'temperature' }, /`gen_kwargs` cannot be read by lm-eval 0.4.13/],
    ['a limit of 0', { limit: 0 }, /`limit` should be a number above 0/],
    ['several processes where there is no accelerate', { model: 'hf', num_gpus: 2 }, /has no accelerate/],
    ['a folder that lm-eval takes for a file', { output_dir: '/tmp/evald-x.json' }, /does not end in \.json/],
  ])('a request with %s is refused before anything runs', async (_, request, words) => {
    const answer = await post('/evaluate', { harness, model: 'dummy', tasks: ['evald_one'], ...request });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(Object(answer.json).detail)).toMatch(words);
  });

  test('names that lm-eval does not know are a warning with the closest known one, once its lists were read', async () => {
    const listed = await send(`${server.url}/tasks?harness=lm-eval`, { method: 'GET' });
    expect(Object(listed.json).tasks).toEqual(expect.arrayContaining(['evald_one', 'evald_tag', 'evald_group']));
    await eventually(async () => {
      const { json } = await post('/evaluate', { harness, model: 'dumy', tasks: ['evald_oen'] });
      await send(`${server.url}/jobs/${Object(json).job_id}`, { method: 'DELETE' });
      const warnings = Object(json).warnings.join('\n');
      return (
        /"dumy" is no name.*mean "dummy"/.test(warnings) && /"evald_oen" is no name.*mean "evald_one"/.test(warnings)
      );
    });
  });

  test('a task that lm-eval does not know fails its job before a run is begun, in the words of lm-eval', async () => {
    const job = await evaluate({ tasks: ['evald_none'] });
    expect(job).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('Tasks not found: evald_none'),
      log: null,
    });
  });

  test('a run of lm-eval that is stopped leaves no process, and its job says that it was stopped', async () => {
    await lm.hold();
    const before = (await lm.begun()).length;
    const id = await submit(server.url, { harness, model: 'dummy', tasks: ['evald_held'] });
    await eventually(async () => (await lm.begun()).length > before);
    const pid = (await lm.begun()).at(-1) ?? 0;
    expect(await isRunning(pid)).toBe(true);
    await post(`/jobs/${id}/stop`, {});
    expect(await endedJob(server.url, id)).toMatchObject({ status: 'failed', error: expect.stringMatching(/stopped/) });
    expect(await isRunning(pid)).toBe(false);
    await lm.release();
  }, 600_000);

  test('a run of lm-eval goes on while its server is killed and started again, and completes with its own numbers', async () => {
    await lm.hold();
    const before = (await lm.begun()).length;
    const id = await submit(server.url, { harness, model: 'dummy', tasks: ['evald_held'] });
    await eventually(async () => (await lm.begun()).length > before);
    await server.kill();
    server = await lm.start({ dataDir: server.dataDir });
    await jobWhen(server.url, id, ({ status }) => status === 'running');
    await lm.release();
    expect(await endedJob(server.url, id)).toMatchObject({
      status: 'completed',
      harness,
      metrics: { evald_held: scores },
    });
    expect((await lm.begun()).length).toBe(before + 1);
  }, 600_000);
});
