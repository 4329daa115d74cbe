import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lmmsEvalOutput } from '../../src/runner/harnesses/lmmsEval/output.ts';
import { createMeter } from '../../src/runner/progress/meter.ts';
import { readJobResults } from '../../src/runner/results/files/jobResults.ts';
import { parseResults } from '../../src/runner/results/files/resultsFile.ts';
import { judgeOutput } from '../../src/runner/results/judging/judge.ts';
import { createSamplesReader } from '../../src/runner/results/samples/readSamples.ts';
import { requestLimits, runLimits } from '../../src/schemas/values/limits.ts';
import { Redactor } from '../../src/security/redaction/redactor.ts';
import { expectLinear } from '../support/measuring/linearCost.ts';
import { request } from '../support/requests/request.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

// What runs write may have many of everything, and things that lead to each other: the work still grows with its length.

type Written = { results?: object; samples?: string; log?: string };

const asked = request({
  tasks: ['t', ...Array.from({ length: 99 }, (_, index) => `*a*${index}*b`)],
  num_fewshot: 1,
  limit: 3,
  gen_kwargs: 'temperature=0',
});
const judging = { operatorOptions: [], limits: { failed: 0.01, empty: 0.5 }, hung: null };
const score = { 'acc,none': 0.5 };
const numbered = <T>(count: number, value: (index: number) => T, name = 'n'): Record<string, T> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`${name}${index}`, value(index)]));
const names = (count: number, name: string): string[] => Array.from({ length: count }, (_, index) => `${name}${index}`);

/** Writes what a run leaves, and gives the work of judging and showing it. */
async function written({ results = {}, samples, log = '' }: Written): Promise<() => Promise<void>> {
  const output = await temporaryFolder();
  await mkdir(join(output, 'm'));
  const stamp = join(output, 'm', '20261124_112235');
  const counts = { t: { original: 1, effective: 1 } };
  const file = { results: { t: score }, 'n-samples': counts, configs: { t: {} }, ...results };
  await writeFile(`${stamp}_results.json`, JSON.stringify(file));
  if (samples !== undefined) await writeFile(`${stamp}_samples_t.jsonl`, samples);
  await writeFile(join(output, 'log'), log);
  return async () => {
    await judgeOutput(
      lmmsEvalOutput,
      { output, log: join(output, 'log'), ownOutput: true, before: [] },
      asked,
      judging,
    );
    await readJobResults([`${stamp}_results.json`]).catch(() => {});
    if (samples === undefined) return;
    // Another one each time: it remembers what it has found.
    const read = createSamplesReader();
    const page = { offset: 0, limit: 1_000, filter: 'wrong' as const };
    await read({ path: output, isOwn: true }, 'm/20261124_112235_samples_t.jsonl', 't', page).catch(() => {});
  };
}

const line = (logger: string, words: string) => `2026-11-24 01:02:57.123 | ERROR    | ${logger} - ${words}\n`;

const cases: [string, number[], (size: number) => Written][] = [
  [
    'levels of groups with two parts each',
    [10, 40, 160],
    (size) => {
      const levels = Array.from({ length: size }, (_, level) => level);
      const parts = levels.flatMap((level) =>
        [`a${level}`, `b${level}`].map((name) => [name, [`a${level + 1}`, `b${level + 1}`]]),
      );
      const all = [...levels, size].flatMap((level) => [`a${level}`, `b${level}`]);
      const rows = Object.fromEntries(all.map((name) => [name, score]));
      return { results: { results: { t: score, ...rows }, group_subtasks: Object.fromEntries(parts) } };
    },
  ],
  [
    'groups that are parts of all others',
    [25, 100, 400],
    (size) => ({
      results: {
        results: { t: score, ...numbered(size, () => score) },
        group_subtasks: numbered(Math.min(size, 400), () => names(size, 'n')),
      },
    }),
  ],
  [
    'groups in a circle',
    [300, 1_200, 4_800],
    (size) => ({
      results: {
        results: { t: score, ...numbered(size, () => score) },
        group_subtasks: numbered(size, (index) => [`n${(index + 1) % size}`]),
      },
    }),
  ],
  [
    'parts of a group of many scores',
    [4_000, 16_000],
    (size) => ({
      results: {
        results: { t: score, g: numbered(1_000, () => 1, 'm,'), ...numbered(size, () => score) },
        group_subtasks: { g: names(size, 'n') },
      },
    }),
  ],
  [
    'times the same part',
    [12_000, 48_000, 192_000],
    (size) => ({ results: { results: { t: score, g: score }, group_subtasks: { g: Array(size).fill('t') } } }),
  ],
  [
    'tasks that differ in one thing from what was asked',
    [1_200, 4_800, 19_200],
    (size) => ({
      results: {
        results: { t: score, ...numbered(size, () => score) },
        configs: numbered(size, () => ({ output_type: 'loglikelihood', tag: 'x' })),
        'n-samples': numbered(size, () => ({ original: 5, effective: 5 })),
        'n-shot': numbered(size, () => 0),
        config: { gen_kwargs: numbered(size, () => 1) },
      },
    }),
  ],
  [
    'tasks with other arguments of generation',
    [1_200, 4_800],
    (size) => ({
      results: {
        results: { t: score, ...numbered(size, () => score) },
        configs: numbered(size, () => ({ output_type: 'generate_until', generation_kwargs: { a: 1 } })),
        config: { gen_kwargs: { ...numbered(size, () => 1), long: 'x'.repeat(size) } },
      },
    }),
  ],
  [
    'scores of a task',
    [250, 1_000, 4_000],
    (size) => ({
      results: { results: { t: { ...score, ...numbered(size, (index) => (index % 2 === 0 ? 1 : 'text'), 'm,') } } },
      samples: `${JSON.stringify({ doc_id: 0, filtered_resps: ['A'], acc: 1 })}\n`.repeat(100),
    }),
  ],
  [
    'levels of lists',
    [125, 500, 2_000],
    (size) => ({ results: { x: JSON.parse('['.repeat(size) + ']'.repeat(size)) } }),
  ],
  [
    'samples of a task that does not say how many it has',
    [4_000, 16_000, 64_000],
    (size) => ({
      results: { 'n-samples': {} },
      samples: names(size, 'id')
        .map((doc_id) => `${JSON.stringify({ doc_id, filtered_resps: [''], acc: 0 })}\n`)
        .join(''),
    }),
  ],
  [
    'answers of a sample and candidates for them',
    [1_000, 4_000, 16_000],
    (size) => {
      const m = { question_type: 'open', parsed_pred: Array(size / 10).fill(names(10, 'a')), answer: names(size, 'b') };
      return { samples: `${JSON.stringify({ doc_id: 0, filtered_resps: [''], m })}\n` };
    },
  ],
  [
    'tries at a choice and right ones',
    [4_000, 16_000, 64_000],
    (size) => {
      const m = { parsed_pred: names(size, 'a'), answer: names(size, 'b'), question_type: 'mcq' };
      return { samples: `${JSON.stringify({ doc_id: 0, filtered_resps: [''], m })}\n` };
    },
  ],
  [
    'judgements that failed, each elsewhere',
    [2_000, 8_000, 32_000],
    (size) => ({
      log: names(size, 'f')
        .map((name) => line(`lmms_eval.llm_judge:${name}:1`, 'judge failed'))
        .join(''),
    }),
  ],
  [
    'tasks that were scored',
    [2_000, 8_000, 32_000],
    (size) => ({
      log: names(size, 'x')
        .map(
          (name) =>
            line('lmms_eval.llm_judge:f:1', 'judge failed') +
            line('lmms_eval.evaluator:f:1', `Postprocessed 1 docs for ${name}/y with `),
        )
        .join(''),
    }),
  ],
  [
    'exceptions beside a failure that is reported',
    [500, 2_000, 8_000],
    (size) => ({
      log:
        `Traceback (most recent call last):\n  x\nValueError: ${'a'.repeat(50)}b${'a'.repeat(350)}\n`.repeat(size) +
        line('__main__:cli_evaluate:1', `Error during evaluation: ${'a'.repeat(1_900)}`),
    }),
  ],
];

test.each(cases)('results with many %s are read in linear time', async (what, sizes, of) => {
  await expectLinear(what, sizes, (size) => written(of(size)));
});

test('frames of bars of many ranks are read in linear time', async () => {
  await expectLinear('frames', [1_000, 4_000, 16_000], (size) => {
    const frames = names(size, 'x').map(
      (_, index) => `Model Responding:   3%|x| ${(index * 7) % 1_000}/1000 [00:${10 + (index % 40)}<00:14,  2.00it/s]`,
    );
    return () => createMeter(1_024)(frames);
  });
});

test('as many credentials as a request may have are looked for in linear time', async () => {
  const { credentials, credentialText } = requestLimits;
  const length = credentialText / credentials;
  const texts = names(credentials, 'a'.repeat(length - 4)).map((text) => text.padEnd(length, 'b'));
  await expectLinear('secrets', [credentials / 16, credentials / 4, credentials], (size) => {
    const log = Buffer.from('a'.repeat(2_000));
    return () => Redactor.of(texts.slice(0, size))?.find(log, true);
  });
  await expectLinear('a log', [65_536, 262_144], (size) => {
    const redactor = Redactor.of(texts);
    const log = Buffer.from('a'.repeat(size));
    redactor?.find(log, true);
    return () => redactor?.find(log, true);
  });
});

describe('limits of results', () => {
  const file = (more: object) => JSON.stringify({ results: { t: score }, ...more });
  const { depth, values, tasks, name, metrics, scores, parts } = runLimits;
  const rows = (count: number) => numbered(count / metrics, () => numbered(metrics, () => 1, 'm,'));
  test.each<[string, string, string]>([
    ['500 levels', nested(depth - 1), nested(depth)],
    [
      `${values} values`,
      `{"results":{"t":{}},"x":[${'0,'.repeat(values - 10)}0]}`,
      `{"results":{"t":{}},"x":[${'0,'.repeat(values)}0]}`,
    ],
    [
      `${tasks} tasks and groups`,
      file({ 'n-shot': numbered(tasks, () => 0) }),
      file({ 'n-shot': numbered(tasks + 1, () => 0) }),
    ],
    [
      'in the name of a task',
      file({ results: { ['t'.repeat(name)]: score } }),
      file({ results: { ['t'.repeat(name + 1)]: score } }),
    ],
    [
      'in the name of a task',
      file({ group_subtasks: { g: ['t'.repeat(name)] } }),
      file({ group_subtasks: { g: ['t'.repeat(name + 1)] } }),
    ],
    [
      `${metrics} scores of a task`,
      file({ results: { t: numbered(metrics, () => 1) } }),
      file({ results: { t: numbered(metrics + 1, () => 1) } }),
    ],
    [`${scores} scores`, file({ results: rows(scores) }), file({ results: { ...rows(scores), t: score } })],
    [
      `${parts} parts of groups`,
      file({ group_subtasks: { g: Array(parts).fill('t') } }),
      file({ group_subtasks: { g: Array(parts).fill('t'), h: ['t'] } }),
    ],
  ])('results with more than an evaluation has are refused, and the limit is named: %s', (limit, most, more) => {
    expect(() => parseResults(most)).not.toThrow();
    expect(() => parseResults(more)).toThrow(limit);
  });
});

/** @param levels of lists within the results, which are a level themselves. */
function nested(levels: number): string {
  return `{"results":{"t":{}},"x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
}
