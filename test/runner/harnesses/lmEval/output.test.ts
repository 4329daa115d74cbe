import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readFailure } from '../../../../src/runner/harnesses/lmEval/failures.ts';
import { lmEvalOutput } from '../../../../src/runner/harnesses/lmEval/output.ts';
import { readFailure as readFailureOfLmmsEval } from '../../../../src/runner/harnesses/lmmsEval/failures.ts';
import { defaultLimits } from '../../../../src/runner/results/files/answers.ts';
import { judgeOutput } from '../../../../src/runner/results/judging/judge.ts';
import type { ResolvedTask } from '../../../../src/schemas/job/run.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { request } from '../../../support/requests/request.ts';
import { fixture, temporaryFolder } from '../../../support/runs/localRun.ts';

/** A run of lm-eval 0.4.13 with the model `dummy`, of a group and of a tag of which one task has a name with a slash. */
const recorded = fixture('lmEval');
const STAMP = '2026-11-30T08-43-57.614281';
const asked = {
  tasks: ['evald_group', 'evald_bad'],
  model_args: { pretrained: 'some/model', note: 'a,b' },
  gen_kwargs: 'temperature=0.5',
  limit: 4,
};
const group: ResolvedTask = { asked: 'evald_group', names: ['evald_group'], tasks: ['evald_one', 'evald_two'] };
const tag: ResolvedTask = {
  asked: 'evald_bad',
  names: ['evald/slash', 'evald_three'],
  tasks: ['evald/slash', 'evald_three'],
};

type Results = {
  results: Record<string, unknown>;
  configs: Record<string, unknown>;
  'n-samples': Record<string, unknown>;
  'n-shot': Record<string, unknown>;
  config: Record<string, unknown>;
};

type Change = {
  results?: (file: Results) => void;
  rows?: (lines: string[]) => string[];
  log?: string;
  resolved?: ResolvedTask[];
  request?: Partial<EvaluateRequest>;
  ownOutput?: boolean;
};

/** The task with the slash, whose samples lm-eval could not save, as if it had not been asked. */
const withoutSlash = (file: Results) => {
  for (const part of [file.results, file.configs, file['n-samples']]) delete part['evald/slash'];
};

/** Judges the recorded run, with what is changed of it. */
async function judged({
  results = () => {},
  rows = (lines) => lines,
  log = '',
  resolved,
  ownOutput = true,
  ...more
}: Change) {
  const output = await temporaryFolder();
  const folder = join(output, 'some__model');
  await mkdir(folder);
  const file = JSON.parse(await readFile(join(recorded, 'results.json'), 'utf8'));
  results(file);
  await writeFile(join(folder, `results_${STAMP}.json`), JSON.stringify(file));
  for (const task of ['evald_one', 'evald_two', 'evald_three']) {
    await cp(join(recorded, `${task}.jsonl`), join(folder, `samples_${task}_${STAMP}.jsonl`));
  }
  const lines = (await readFile(join(recorded, 'evald_one.jsonl'), 'utf8')).trimEnd().split('\n');
  await writeFile(join(folder, `samples_evald_one_${STAMP}.jsonl`), `${rows(lines).join('\n')}\n`);
  await writeFile(join(output, 'log'), log);
  const run = {
    output,
    ownOutput,
    log: join(output, 'log'),
    before: [],
    ...(resolved && { resolvedTasks: resolved }),
  };
  const judging = { operatorOptions: [], limits: defaultLimits, hung: null };
  return judgeOutput(lmEvalOutput, run, request({ ...asked, ...more.request }), judging);
}

const three: ResolvedTask = { ...tag, names: ['evald_three'], tasks: ['evald_three'] };
const sound = { results: withoutSlash, resolved: [group, three] };

test('a path of lm-eval has the folder, the time stamp and the kind', () => {
  const of = (path: string) => lmEvalOutput.readPath(path);
  expect(of(`m/results_${STAMP}.json`)).toEqual({
    path: `m/results_${STAMP}.json`,
    folder: 'm',
    stamp: STAMP,
    kind: 'results',
  });
  expect(of(`samples_a_samples_b_${STAMP}.jsonl`)).toMatchObject({ folder: '', stamp: STAMP, kind: 'samples' });
  for (const path of ['m/20260101_000001_results.json', 'm/results_.json', `m/samples_a_${STAMP}.json`, 'eval.log']) {
    expect(of(path), path).toBeNull();
  }
});

test('a recorded run with a tag is completed when all that the tag stood for is there, without a doubt', async () => {
  const outcome = await judged(sound);
  expect(outcome).toMatchObject({
    ...{ status: 'completed', warnings: [] },
    metrics: {
      evald_one: { 'exact_match,strict': { value: 0.5, n: 4 } },
      evald_group: { 'exact_match,strict': { value: 0.5, n: 8 } },
    },
    provenance: {
      harness_version: '0.4.13',
      seed: '0,1234,1234,1234',
      tasks: { evald_three: { hash: expect.stringMatching(/^8331a7f/) } },
    },
  });
});

test('a tag of which one task has no results is missing, by the name that was asked', async () => {
  const two = { ...three, tasks: ['evald_three', 'evald_four'] };
  expect(await judged({ ...sound, resolved: [group, two] })).toMatchObject({
    ...{ status: 'failed', kind: 'incompleteResults', missing: ['evald_bad'] },
    partial: { metrics: { evald_one: {} } },
  });
});

test.each([
  ['a row too few', (lines: string[]) => lines.slice(1), /7 rows.*4 samples, each once for 2 filters/],
  [
    'the rows of one filter alone',
    (lines: string[]) => lines.filter((line) => line.includes('"strict"')),
    /4 rows.*4 samples, each once/,
  ],
  [
    'a row twice in the place of another',
    (lines: string[]) => [...lines.slice(1), String(lines[1])],
    /more often than once a filter/,
  ],
])(
  'samples of two filters with %s are not those of the results, and their group is missing',
  async (_, rows, words) => {
    expect(await judged({ ...sound, rows })).toMatchObject({
      ...{ status: 'failed', kind: 'incompleteResults', missing: ['evald_group'] },
      faults: [expect.stringMatching(words)],
    });
  },
);

test('a run that says that it could not save samples fails with the words of lm-eval, as it was recorded', async () => {
  const log = await readFile(join(recorded, 'log.txt'), 'utf8');
  expect(await judged({ log, resolved: [group, tag] })).toMatchObject({
    ...{ status: 'failed', kind: 'harness' },
    reason: "Could not save sample results: FileNotFoundError(2, 'No such file or directory')",
    partial: { doubted: ['evald_bad'] },
  });
});

test.each([
  ['another model', { model: 'hf' }, /model is "dummy" in it, and "hf" was asked/],
  ['other arguments', { model_args: { pretrained: 'some/model', note: 'b' } }, /model_args is/],
  ['an argument more', { model_args: { ...asked.model_args, more: 1 } }, /model_args is/],
  ['another limit', { limit: 5 }, /limit is 4/],
  ['no limit', { limit: -1 }, /limit is 4/],
  ['other generation', { gen_kwargs: 'temperature=0.6' }, /gen_kwargs is/],
  ['no generation', { gen_kwargs: null }, /gen_kwargs is/],
  ['another batch size', { batch_size: 8 }, /batch_size is 1 in it/],
])('results of a run with %s are not those of this one', async (_, changed, words) => {
  const outcome = await judged({ ...sound, request: changed });
  expect(outcome).toMatchObject({ status: 'failed', kind: 'noResults', cause: expect.stringMatching(words) });
});

test('results of tasks with other numbers of examples than were asked are those of another run, and a task that never shows examples is of this one', async () => {
  const shown = (shots: Record<string, number>) => (file: Results) => {
    withoutSlash(file);
    file['n-shot'] = shots;
  };
  const five = { ...sound, request: { num_fewshot: 5 } };
  expect(await judged({ ...five, results: shown({ evald_one: 0, evald_two: 3, evald_three: 3 }) })).toMatchObject({
    ...{ status: 'failed', kind: 'noResults' },
    cause: expect.stringContaining('num_fewshot is 3 in it, and 5 was asked'),
  });
  expect(await judged({ ...five, results: shown({ evald_one: 0, evald_two: 5, evald_three: 5 }) })).toMatchObject({
    ...{ status: 'completed' },
    warnings: ['num_fewshot 5 was asked, and the task itself has 0: evald_one'],
  });
});

test('results in a folder that others write to are not those of a run that could save none, and in its own folder they are', async () => {
  const recordedLog = await readFile(join(recorded, 'log.txt'), 'utf8');
  const log = recordedLog.replace('Could not save sample results', 'Could not save results aggregated');
  expect(await judged({ ...sound, log, ownOutput: false })).toMatchObject({
    ...{ status: 'failed', kind: 'harness' },
    reason: expect.stringMatching(/^Could not save results aggregated: FileNotFoundError/),
  });
  expect(await judged({ ...sound, log, ownOutput: false })).not.toHaveProperty('partial');
  expect(await judged({ ...sound, log })).toMatchObject({ status: 'completed' });
});

test('results that have a task that was not asked are not those of this run', async () => {
  expect(await judged({ ...sound, resolved: [group] })).toMatchObject({
    ...{ status: 'failed', kind: 'noResults' },
    cause: expect.stringContaining('it has the task "evald_three", which was not asked'),
  });
});

test('a masked secret is taken for what was asked, a text or a number, and nothing beside it', async () => {
  const masked = (file: Results) => {
    withoutSlash(file);
    file.config['model_args'] = {
      pretrained: 'some/model',
      key: 'sk-[REDACTED]',
      pin: '[REDACTED]',
      deep: { token: ['[REDACTED]'] },
    };
  };
  const args = { pretrained: 'some/model', key: 'sk-0123', pin: 1234, deep: { token: ['x'] } };
  expect(await judged({ ...sound, results: masked, request: { model_args: args } })).toMatchObject({
    status: 'completed',
  });
  const other = { ...args, pretrained: 'other/model' };
  expect(await judged({ ...sound, results: masked, request: { model_args: other } })).toMatchObject({
    status: 'failed',
  });
});

test('a version among the arguments of the model is not taken for that of a task', async () => {
  const versioned = (file: Results) => {
    withoutSlash(file);
    file.config['model_args'] = { ...asked.model_args, version: 7 };
  };
  const outcome = await judged({
    ...sound,
    results: versioned,
    request: { model_args: { ...asked.model_args, version: 7 } },
  });
  expect(outcome).toMatchObject({ status: 'completed', provenance: { tasks: { evald_one: { version: null } } } });
  expect(await judged(sound)).toMatchObject({ provenance: { tasks: { evald_one: { version: '1' } } } });
});

test('an answer of nothing is counted as empty', async () => {
  const rows = (lines: string[]) => lines.map((line) => line.replaceAll('"resps": [["lol"]]', '"resps": [[""]]'));
  const outcome = await judged({ ...sound, rows });
  expect(outcome).toMatchObject({ status: 'completed' });
  expect(Object(outcome).answers.evald_one).toMatchObject({ empty: 4, answered: 0 });
});

test('the words of a failure count where the logger of lm-eval wrote them, and nowhere else', async () => {
  const folder = await temporaryFolder();
  const read = async (text: string, by = readFailure) => {
    await writeFile(join(folder, 'log'), text);
    return by(join(folder, 'log'));
  };
  const line = '2026-11-30:08:43:57 WARNING  [loggers.evaluation_tracker:304] Could not save results aggregated\n';
  const next = "2026-11-30:08:43:57 INFO     [loggers.evaluation_tracker:305] OSError(36, 'File name too long')\n";
  expect(await read(`x\n${line}${next}`)).toMatchObject({
    reason: "Could not save results aggregated: OSError(36, 'File name too long')",
    isOfSamples: false,
  });
  // Behind the frame of a bar, which has no end.
  expect(await read(`100%|██| 16/16 [00:00<00:00, 4.75it/s]${line}`)).not.toBeNull();
  for (const text of [
    'Could not save results aggregated\n',
    `an answer: ${line}`,
    line.replace('loggers.', 'models.'),
  ]) {
    expect(await read(text), text).toBeNull();
  }
  expect(await read(line, readFailureOfLmmsEval)).toBeNull();
});
