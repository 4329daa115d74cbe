import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { commandLinesWith } from '../support/files/filesWith.ts';
import { type InspectFolder, makeInspectFolder } from '../support/harnesses/inspectServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { describeWith, inspect } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { isRunning } from '../support/runs/processes.ts';
import type { TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const SECRET = 'sk-evald0123456789abcdef';
const harness = 'inspect';
const model = 'none/none';

/** 2 of 4 are right; the error as inspect works it out of the samples. */
const half = {
  ...{ value: 0.5, stderr: expect.closeTo(Math.sqrt(1 / 12), 12), stderr_clt: null, stderr_clustered: null },
  ...{ higher_is_better: true, n: 4, n_failed: 0 },
};

describeWith(inspect, 'the real inspect-ai', () => {
  let folder: InspectFolder;
  let server: TestServer;
  let whole: JobInfo;
  let broken: JobInfo;
  let silent: JobInfo;
  let odd: JobInfo;
  let empty: JobInfo;
  let secret: JobInfo;
  let commandLines = '';

  const named = (...names: string[]) => names.map((name) => folder.task(name));
  const evaluate = async (request: { tasks: string[]; [field: string]: unknown }): Promise<JobInfo> =>
    endedJob(server.url, await submit(server.url, { harness, model, ...request }));
  const post = (path: string, body: object) =>
    send(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  // Each run costs some seconds: all of them first, two at a time.
  beforeAll(async () => {
    folder = await makeInspectFolder();
    server = await folder.start();
    await folder.hold();
    const held = evaluate({ tasks: named('held'), model_args: { api_key: SECRET } });
    await eventually(async () => (await folder.begun()).length === 1);
    commandLines = (await commandLinesWith(['evald_tasks.py@held', SECRET])).join('\n');
    [whole, broken, silent, odd, empty] = await Promise.all([
      evaluate({ tasks: named('letters', 'dictionary', 'repeated'), num_fewshot: null, gen_kwargs: 'temperature=0.5' }),
      evaluate({ tasks: named('breaks', 'letters') }),
      evaluate({ tasks: named('half') }),
      evaluate({ tasks: named('nan', 'undecided') }),
      evaluate({ tasks: named('none') }),
    ]);
    await folder.release();
    secret = await held;
  }, 900_000);
  afterAll(async () => {
    await folder.release();
    await server.stop();
    await folder.remove();
  });

  test('a job that names inspect in a server whose default is the demo completes with the numbers of each scorer', () => {
    expect(whole).toMatchObject({ status: 'completed', error: null, harness });
    expect(whole.metrics).toMatchObject({
      letters: { 'match/accuracy': { ...half, n_empty: 1 }, 'includes/accuracy': { ...half, n_empty: 1 } },
      dictionary: { 'parts/length/mean': { value: 0.75, n: 4 }, 'parts/right/accuracy': { value: 0.5, n: 4 } },
      repeated: { 'match/accuracy': { value: 0.5, n: 4 } },
    });
  });

  test('the numbers of inspect have its version, and those of its tasks', async () => {
    const { json } = await send(`${server.url}/scores?job=${whole.job_id}&task=letters`, { method: 'GET' });
    for (const one of Object(json).scores)
      expect(one).toMatchObject({ harness, harness_version: '0.3.285', task_version: '3', num_fewshot: 0 });
    expect(Object(json).scores).toHaveLength(2);
  });

  test('a sample has what was asked, the answer, the target and its score by each scorer', async () => {
    const { json } = await send(`${server.url}/jobs/${whole.job_id}/samples/letters?limit=1`, { method: 'GET' });
    const [sample] = Object(json).samples;
    expect(sample).toMatchObject({
      ...{ doc_id: 'q0', target: 'a', resps: [['a']], filtered_resps: ['a'], doc: { input: 'say a' } },
      ...{ 'match/accuracy': 1, 'includes/accuracy': 1 },
    });
  });

  test('a task of which a sample fails fails its job, with its own error, and the numbers of the other one are kept', () => {
    expect(broken).toMatchObject({
      status: 'failed',
      failure_kind: 'incompleteResults',
      error: expect.stringContaining('the third breaks'),
      partial_metrics: { letters: { 'match/accuracy': { value: 0.5 } } },
    });
  });

  test('a success of inspect of which samples failed is none of the job, and its numbers are partial ones', () => {
    expect(silent).toMatchObject({
      status: 'failed',
      failure_kind: 'incompleteResults',
      error: expect.stringContaining('1 of 4 samples failed, the first with: '),
      metrics: null,
      partial_metrics: { half: { 'match/accuracy': { n: 3 } } },
    });
  });

  test('a success of inspect of which every sample failed has no numbers, and its job says why', () => {
    expect(empty).toMatchObject({ status: 'failed', metrics: null, error: expect.stringContaining("KeyError('q0')") });
  });

  test('a score that is not finite is read as none, and a sample without a score fails its job', () => {
    expect(odd).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults' });
    expect(odd.error).toContain('1 samples were not scored');
  });

  test('a secret in the arguments of a model is on no command line, and in no file that its run leaves', async () => {
    expect(secret).toMatchObject({ status: 'completed', metrics: { held: { 'match/accuracy': half } } });
    expect(commandLines).toContain('evald_tasks.py@held');
    expect(commandLines).not.toContain(SECRET);
    const files = await readdir(server.dataDir, { recursive: true, withFileTypes: true });
    const texts = files.filter((file) => file.isFile() && !file.name.includes('.db'));
    expect(texts.map(({ name }) => name)).toContain('evald_inspect.py');
    for (const file of texts) {
      expect((await readFile(join(file.parentPath, file.name))).includes(SECRET), file.name).toBe(false);
    }
  });

  test.each([
    ['a task that is not there', { tasks: ['inspect_evals/nothing'] }, /no installed package has a task of that name/],
    ['a file that is not there', { tasks: ['/none/x.py@y'] }, /there is no file \/none\/x\.py/],
    ['a provider that there is none of', { model: 'nothing/x' }, /should be provider\/name; the providers of inspect/],
    ['a limit that is a fraction', { limit: 0.5 }, /`limit` should be a whole number/],
    ['a batch size that is no number', { batch_size: 'auto' }, /`batch_size` should be a whole number/],
    ['an argument of generation that there is none of', { gen_kwargs: 'until=x' }, /has no until in inspect 0\.3\.285/],
    ['a value that generation does not take', { gen_kwargs: 'temperature=warm' }, /is refused by inspect 0\.3\.285/],
    ['a device of a provider that takes none', { device: 'cuda:1' }, /`device` is for models of the provider hf alone/],
  ])('a request with %s is refused before anything runs', async (_, request, words) => {
    const answer = await post('/evaluate', { harness, model, tasks: named('letters'), ...request });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(Object(answer.json).detail)).toMatch(words);
  });

  test('examples are passed to a task that takes them, and refused for one that does not', async () => {
    const refused = await post('/evaluate', { harness, model, tasks: named('letters', 'held'), num_fewshot: 2 });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(Object(refused.json).detail)).toContain('held takes no argument fewshot');
    const job = await evaluate({ tasks: named('letters'), num_fewshot: 2, limit: 2 });
    expect(job).toMatchObject({ status: 'completed', metrics: { letters: { 'match/accuracy': { value: 1, n: 2 } } } });
    const { json } = await send(`${server.url}/scores?job=${job.job_id}`, { method: 'GET' });
    expect(Object(json).scores[0]).toMatchObject({ num_fewshot: 2 });
  }, 600_000);

  test('a whole file of tasks, one of which fails, is completed for none, and all of them are named by it', async () => {
    const [file = ''] = folder.task('').split('@');
    const job = await evaluate({ tasks: [file], log_samples: false });
    expect(job).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults' });
    expect(job.error).toMatch(/breaks: its evaluation ended as error/);
    expect(Object.keys(job.partial_metrics ?? {})).toEqual(expect.arrayContaining(['letters', 'dictionary', 'half']));
  }, 600_000);

  test('a run that is stopped, or has no time left, leaves no process, and keeps what a task of it had measured', async () => {
    await folder.hold();
    const begin = async (request: object) => {
      const before = (await folder.begun()).length;
      const id = await submit(server.url, { harness, model, tasks: named('letters', 'held'), ...request });
      await eventually(async () => (await folder.begun()).length > before);
      return { id, pid: (await folder.begun()).at(-1) ?? 0 };
    };
    const stopped = await begin({});
    await jobWhen(server.url, stopped.id, ({ progress }) => (progress?.done ?? 0) >= 4);
    await post(`/jobs/${stopped.id}/stop`, {});
    expect(await endedJob(server.url, stopped.id)).toMatchObject({
      ...{ status: 'failed', failure_kind: 'stopped' },
      partial_metrics: { letters: { 'match/accuracy': { value: 0.5 } } },
    });
    expect(await isRunning(stopped.pid)).toBe(false);
    const late = await evaluate({ tasks: named('held'), timeout: 8 });
    expect(late).toMatchObject({ status: 'failed', failure_kind: 'timedOut' });
    for (const pid of await folder.begun()) expect(await isRunning(pid)).toBe(false);
    await folder.release();
  }, 600_000);

  test('a run goes on while its server is killed and started again, and completes with its own numbers', async () => {
    await folder.hold();
    const before = (await folder.begun()).length;
    const id = await submit(server.url, { harness, model, tasks: named('held') });
    await eventually(async () => (await folder.begun()).length > before);
    await server.kill();
    server = await folder.start({ dataDir: server.dataDir });
    await jobWhen(server.url, id, ({ status }) => status === 'running');
    await folder.release();
    expect(await endedJob(server.url, id)).toMatchObject({
      ...{ status: 'completed', harness, metrics: { held: { 'match/accuracy': half } } },
    });
    expect((await folder.begun()).length).toBe(before + 1);
  }, 600_000);

  test('a retry of the missing runs the task alone that failed, goes on from the samples it had answered, and says so', async () => {
    await folder.mend();
    const before = (await folder.tried()).length;
    const { json } = await post(`/jobs/${broken.job_id}/retry?missing=1`, {});
    const again = await endedJob(server.url, Object(json).job_id);
    expect(again).toMatchObject({ status: 'completed', harness, request: { tasks: named('breaks') } });
    expect(again.metrics).toMatchObject({ breaks: { 'match/accuracy': { value: 0.5, n: 4 } } });
    const tried = (await folder.tried()).slice(before);
    expect(tried).toContain('q2');
    expect(again.answers?.['breaks']?.cached).toBe(4 - tried.length);
    expect(again.warnings.join()).toContain('answers of breaks are from a cache of earlier runs');
  }, 600_000);

  test('the harness is listed with its version, and so are its providers', async () => {
    const { json } = await send(`${server.url}/harnesses`, { method: 'GET' });
    const listed = Object(json).harnesses.find(({ name }: { name: string }) => name === harness);
    expect(listed).toMatchObject({ version: '0.3.285', can_start: true, reason: null });
    const models = await send(`${server.url}/models?harness=inspect`, { method: 'GET' });
    expect(JSON.stringify(models.json)).toContain('"openai"');
  });
});
