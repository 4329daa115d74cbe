import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMeter } from '../../src/runner/progress/meter.ts';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { type LmmsEvalServer, startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { healthOf } from '../support/requests/health.ts';
import { send } from '../support/requests/send.ts';
import { eventually } from '../support/waiting/eventually.ts';

describeWith(lmmsEval, 'lmms-eval behind POST /evaluate', () => {
  let real: LmmsEvalServer;
  let first: JobInfo;
  let mixed: JobInfo;
  let again: JobInfo;
  let unknown: JobInfo;

  // All runs at once and two at a time: each costs many seconds, of which a test asks one question.
  beforeAll(async () => {
    real = await startLmmsEvalServer(['--slots', '2']);
    const evaluate = async (request: object) => {
      const { url } = real.server;
      return endedJob(url, await submit(url, { model: 'dummy', model_args: { response: 'B' }, ...request }));
    };
    const [task] = real.tiny.tasks;
    const output_dir = join(real.folder, 'reused');
    [first, mixed] = await Promise.all([
      evaluate({ tasks: [task], output_dir }),
      evaluate({ tasks: [task, 'evald_nosuch'] }),
    ]);
    [again, unknown] = await Promise.all([
      evaluate({ tasks: [task], output_dir, limit: 2, num_fewshot: 3, gen_kwargs: 'max_new_tokens=3' }),
      evaluate({ tasks: ['evald_nosuch'], output_dir }),
    ]);
  }, 600_000);
  afterAll(() => real?.stop());

  const filesOf = ({ result }: JobInfo) =>
    Object.values(result ?? {}).flatMap(({ results, samples }) => [results, ...samples]);

  test('lmms-eval is chosen because the Python has it', async () => {
    expect(await healthOf(real.server.url)).toMatchObject({ status: 'healthy', harness: 'lmms-eval' });
    expect(real.server.log()).toContain('harness lmms-eval');
  });

  test('lmms-eval completes a run with the score that the answers have, of the right number of samples', async () => {
    const [task] = real.tiny.tasks;
    expect(first).toMatchObject({ status: 'completed', error: null, warnings: [], position_in_queue: null });
    // The answer is always "B", which is right for half of the eight pictures.
    expect(first.metrics).toEqual({
      [task]: {
        exact_match: {
          value: 0.5,
          stderr: expect.any(Number),
          stderr_clt: expect.any(Number),
          stderr_clustered: null,
          higher_is_better: true,
          n: 8,
          n_failed: 0,
          n_empty: 0,
          n_unscored: 0,
          filter: 'none',
        },
      },
    });
    const [results = '', samples = '', ...rest] = filesOf(first);
    expect(rest).toEqual([]);
    expect(JSON.parse(await readFile(results, 'utf8')).results[task]['exact_match,none']).toBe(0.5);
    expect((await readFile(samples, 'utf8')).trim().split('\n')).toHaveLength(8);
  });

  test('the numbers, wrong samples and files of a run of lmms-eval can be read', async () => {
    const [task] = real.tiny.tasks;
    const get = (path: string) => send(`${real.server.url}/jobs/${first.job_id}/${path}`, { method: 'GET' });
    expect((await get('results')).json).toMatchObject({
      model: 'dummy',
      model_name: null,
      metrics: first.metrics,
      samples: { [task]: { original: 8, effective: 8 } },
      harness: { name: 'lmms-eval', version: expect.stringMatching(/^\d+\.\d+/) },
      evaluation_seconds: expect.any(Number),
      duration_seconds: expect.any(Number),
      files: first.result,
    });
    expect((await get(`samples/${task}?filter=wrong&limit=3`)).json).toMatchObject({
      total: 4,
      samples: [{ target: 'A' }, { target: 'A' }, { target: 'A' }],
      next_offset: 3,
      undecided: 0,
    });
    expect((await get('artifacts')).json).toMatchObject({ files: { length: 3 }, truncated: false });
    const log = await get('log');
    expect(log.text).toContain(`Saving samples to ${filesOf(first)[1]}`);
    expect(log.text).not.toContain('\u001b');
  });

  test('the bars of lmms-eval are read as progress', async () => {
    // As a follower reads it, a piece at a time: the raw log, with its colours and frames.
    const log = await readFile(String(first.log), 'utf8');
    const meter = createMeter(1);
    const seen = log.split(/[\r\n]+/).map((line) => meter([line]));
    expect(seen.filter((progress) => progress !== null).at(-1)).toMatchObject({
      phase: 'Postprocessing',
      done: 8,
      total: 8,
      percent: 100,
    });
  });

  test('a second run into the same folder reports its own files and numbers only', async () => {
    const [task] = real.tiny.tasks;
    expect(again).toMatchObject({ status: 'completed', metrics: { [task]: { exact_match: { n: 2 } } } });
    expect(filesOf(again)).toHaveLength(2);
    expect(filesOf(again).filter((path) => filesOf(first).includes(path))).toEqual([]);
    expect(again.log).not.toBe(first.log);
    // Those of the first run are still there.
    const folder = await readdir(join(real.folder, 'reused'), { recursive: true });
    const names = folder.map((path) => basename(path));
    expect(names).toEqual(expect.arrayContaining([...filesOf(first), ...filesOf(again)].map((path) => basename(path))));
  });

  test('a setting that a task itself fixes is a warning beside its numbers', () => {
    const [task] = real.tiny.tasks;
    expect(again.warnings).toEqual([`num_fewshot 3 was asked, and the task itself has 0: ${task}`]);
  });

  test.each([
    ['an open quote that swallows what follows', { note: "You're helpful", response: 'B' }, 'note'],
    ['a bracket that swallows what follows', { note: '[INST', response: 'B' }, 'note'],
    ['a name that leads above the output folder', { pretrained: '..' }, 'pretrained'],
  ])('a request with %s is refused before anything runs', async (_, model_args, name) => {
    const body = JSON.stringify({ model: 'dummy', tasks: real.tiny.tasks, model_args });
    const headers = { 'content-type': 'application/json' };
    const answer = await send(`${real.server.url}/evaluate`, { method: 'POST', headers, body });
    expect(answer).toMatchObject({ status: 422, json: { detail: [{ loc: ['body', 'model_args', name] }] } });
  });

  test('a name that lmms-eval does not know is a warning when the list is there, with the closest known name', async () => {
    const listed = await send(`${real.server.url}/tasks`, { method: 'GET' });
    expect(Object(listed.json).tasks).toEqual(expect.arrayContaining([...real.tiny.tasks, real.tiny.tag]));
    const body = JSON.stringify({ model: 'dumy', tasks: ['evald_color', real.tiny.tag, real.tiny.group, 'mmm*'] });
    const headers = { 'content-type': 'application/json' };
    // A machine that is busy may not answer within the time that a submission waits; then it says nothing of names.
    let warnings: string[] = [];
    await eventually(async () => {
      const answer = await send(`${real.server.url}/evaluate`, { method: 'POST', headers, body });
      warnings = Object(answer.json).warnings;
      await send(`${real.server.url}/jobs/${Object(answer.json).job_id}`, { method: 'DELETE' });
      return warnings.some((text) => text.includes('did you mean'));
    });
    expect(warnings).toEqual([
      expect.stringMatching(/^`model` "dumy" .*did you mean "dummy"\?/),
      expect.stringMatching(/^`tasks` "evald_color" .*did you mean "evald_colours"\?/),
    ]);
  });

  test('an unknown task fails with the message of lmms-eval, although it exits 0 and old results lie in the folder', () => {
    expect(unknown).toMatchObject({ status: 'failed', failure_kind: 'harness', result: null, metrics: null });
    expect(unknown.error).toContain('Tasks were not found: evald_nosuch');
    expect(unknown.error).toContain(`Last lines of ${unknown.log}:`);
    expect(unknown.error).not.toContain('\u001b');
  });

  test('two tasks of which one is unknown fail as a whole', () => {
    expect(mixed).toMatchObject({ status: 'failed', failure_kind: 'harness', result: null, metrics: null });
    expect(mixed.error).toContain('Tasks were not found: evald_nosuch');
  });
});
