import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { type Comparison, comparisonSchema, type TaskComparison } from '../../src/schemas/scores/comparison.ts';
import { startWrittenServer, type Written } from '../support/harnesses/writtenLmmsEval.ts';
import { submit } from '../support/jobs/client.ts';
import { send } from '../support/requests/send.ts';
import { accOf, rows, runThat, valuesOf } from '../support/scores/writtenScores.ts';

let server: Awaited<ReturnType<typeof startWrittenServer>>;
beforeAll(async () => {
  server = await startWrittenServer(['--slots', '1']);
});
afterAll(() => server.stop());

const run = (written: Written, request: object = {}) => runThat(server, written, request);
const ask = (query: Record<string, string>) =>
  send(`${server.url}/compare?${new URLSearchParams(query)}`, { method: 'GET' });

async function compare(a: JobInfo, b: JobInfo, more: Record<string, string> = {}): Promise<Comparison> {
  const { status, json } = await ask({ a: a.job_id, b: b.job_id, ...more });
  expect(status, JSON.stringify(json)).toBe(200);
  return comparisonSchema.parse(json);
}

const samplesOf = ({ result }: JobInfo): string => Object.values(result ?? {})[0]?.samples[0] ?? '';

/** The comparison of the only score that two runs have. */
async function only(a: Written, b: Written, more: Record<string, string> = {}): Promise<TaskComparison> {
  const { comparisons } = await compare(await run(a), await run(b), more);
  expect(comparisons).toHaveLength(1);
  return comparisons[0] as TaskComparison;
}

const near = (number: number) => expect.closeTo(number, 12);

// Of ten documents the candidate gets four right that the baseline had wrong, and loses one.
const before = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
const after = [0, 1, 1, 1, 1, 1, 1, 1, 1, 0];

describe('a comparison', () => {
  test('a comparison has the numbers that one works out by hand, and leads to the samples that differ', async () => {
    const found = await only(accOf(before), accOf(after));
    expect(found).toMatchObject({
      ...{ task: 't', metric: 'acc', filter: 'none', higher_is_better: true },
      a: { value: 0.5, stderr: 0.1, n: 10 },
      b: { value: 0.8, stderr: 0.1, n: 10 },
      ...{ n_a: 10, n_b: 10, n_paired: 10, missing: { a: 0, b: 0, bounds: null } },
      // 2 · (1 + 5) / 2⁵: one flip or none of five.
      ...{
        test: 'mcnemar',
        p_value: near(0.375),
        p_adjusted: near(0.375),
        permutations: null,
        verdict: 'inconclusive',
      },
      flips: { better: 4, worse: 1, equal: 5 },
    });
    expect(found.difference).toBeCloseTo(0.3, 12);
    expect(found.delta).toBeCloseTo(0.3, 12);
    // The differences are five of ±1 and five of 0: their squares sum up to 5 - 10 · 0.3² about the mean.
    expect(found.stderr).toBeCloseTo(Math.sqrt(4.1 / 90), 12);
    expect(found.detectable).toBeCloseTo(2.8 * Math.sqrt(4.1 / 90), 12);
    expect(found.flips?.samples).toEqual(
      [0, 5, 6, 7, 8].map((n) => ({ doc_id: `${n}`, index_a: n, index_b: n, value_a: n ? 0 : 1, value_b: n ? 1 : 0 })),
    );
  });

  test('a candidate that wins ten documents of twenty and loses none is better, and the baseline is worse than it', async () => {
    const [a, b] = [await run(accOf(valuesOf([20, 0]))), await run(accOf(valuesOf([10, 1], [10, 0])))];
    const [there] = (await compare(a, b)).comparisons;
    expect(there).toMatchObject({ verdict: 'better', p_value: near(2 / 1024), reason: null });
    expect((await compare(b, a)).comparisons[0]).toMatchObject({
      verdict: 'worse',
      p_value: near(2 / 1024),
      delta: -0.5,
    });
  });

  test('a job compared with itself is the same', async () => {
    const a = await run(accOf(before));
    const found = await compare(a, a);
    expect(found.comparisons[0]).toMatchObject({ verdict: 'same', delta: 0, p_value: 1, difference: 0 });
    expect(found.configuration).toEqual([]);
  });

  test('a comparison lists what differs in how the runs were made, with credentials masked', async () => {
    const made = (version: string, shots: number, seed: number): Written => ({
      ...accOf(before),
      more: {
        ...{ higher_is_better: { t: { acc: true } }, versions: { t: version }, 'n-shot': { t: shots } },
        ...{
          git_hash: `c0ffee${seed}`,
          chat_template_sha: 'aa',
          configs: { t: { generation_kwargs: { a: 1, b: 2 } } },
        },
        config: { random_seed: seed, numpy_seed: 1234, torch_seed: 1234, fewshot_seed: 1234, model: 'm' },
      },
    });
    const [same, other] = [
      { pretrained: '/ckpt/1', dtype: 'auto' },
      { pretrained: '/ckpt/2', dtype: 'auto' },
    ];
    const a = await run(made('1.0', 0, 0), { model_args: { ...same, api_key: 'sk-Planted-1' } });
    const labels = { run: 'r7', step: 200 };
    const b = await run(made('2.0', 5, 1), { model_args: { ...other, api_key: 'sk-Planted-2' }, limit: 10, labels });
    const found = await compare(a, b);
    expect(found.configuration).toEqual([
      { task: null, field: 'git_hash', a: 'c0ffee0', b: 'c0ffee1' },
      { task: null, field: 'seed', a: '0,1234,1234,1234', b: '1,1234,1234,1234' },
      { task: null, field: 'limit', a: null, b: '10' },
      { task: null, field: 'model_args.pretrained', a: '/ckpt/1', b: '/ckpt/2' },
      { task: 't', field: 'task_version', a: '1.0', b: '2.0' },
      { task: 't', field: 'num_fewshot', a: '0', b: '5' },
    ]);
    expect(found.b).toEqual({
      ...{ job_id: b.job_id, imported: false, model: 'm', checkpoint: '/ckpt/2', run: 'r7', step: 200 },
      completed_at: b.completed_at,
    });
    expect(JSON.stringify(found)).not.toContain('Planted');
  });

  test('scores that one run alone has are listed, groups are named with their members, and a query narrows all of it', async () => {
    const written = (more: object): Written => ({
      results: { g: { 'acc,none': 0.5 }, t: { 'acc,none': 0.5, 'f1,strict': 0.4 }, ...more },
      samples: { t: rows(before) },
      more: {
        ...{ group_subtasks: { g: ['t'], t: [] }, groups: { g: {} }, 'n-samples': {} },
        higher_is_better: { t: { acc: true } },
      },
    });
    const a = await run(written({ old: { 'acc,none': 1 } }), { tasks: ['g'] });
    const b = await run(written({ new: { 'acc,none': 1 } }), { tasks: ['g'] });
    const found = await compare(a, b);
    expect(found).toMatchObject({
      comparisons: [
        { task: 't', metric: 'acc', filter: 'none', verdict: 'same' },
        { task: 't', metric: 'f1', filter: 'strict', verdict: null },
      ],
      ...{ groups: [{ group: 'g', members: ['t'] }], only_a: ['old,acc,none'], only_b: ['new,acc,none'] },
    });
    expect(await compare(a, b, { task: 't', metric: 'f1' })).toMatchObject({
      comparisons: [{ metric: 'f1', filter: 'strict' }],
      ...{ groups: [], only_a: [], only_b: [] },
    });
    expect(await ask({ a: a.job_id, b: b.job_id, task: 'none' })).toMatchObject({
      status: 404,
      json: { detail: `Neither ${a.job_id} nor ${b.job_id} has a score of none` },
    });
  });

  test('rows of a document for several filters are told apart by their order, and each filter is compared for itself', async () => {
    const written = (strict: number[], lenient: number[]): Written => ({
      results: { t: { 'acc,strict': 0.5, 'acc,lenient': 1 } },
      samples: { t: [...rows(strict), ...rows(lenient)] },
      more: {
        ...{ higher_is_better: { t: { acc: true } }, 'n-samples': { t: { original: 4, effective: 4 } } },
        configs: { t: { filter_list: [{ name: 'strict' }, { name: 'lenient' }] } },
      },
    });
    const [a, b] = [await run(written([1, 1, 0, 0], [1, 1, 1, 1])), await run(written([0, 0, 1, 1], [1, 1, 1, 1]))];
    const { comparisons } = await compare(a, b);
    expect(comparisons).toMatchObject([
      { filter: 'strict', n_paired: 4, flips: { better: 2, worse: 2 }, verdict: 'inconclusive' },
      { filter: 'lenient', n_paired: 4, verdict: 'same' },
    ]);
    expect(comparisons[0]?.flips?.samples[0]).toMatchObject({ doc_id: '0', index_a: 0, index_b: 0 });
  });
});

describe('how samples are read', () => {
  test.each([
    ['true and false are 1 and 0', [true, false, true, false], [true, true, true, false]],
    ['grades of Inspect are 1, 0.5 and 0', ['C', 'P', 'P', 'N'], ['C', 'C', 'P', 'P']],
    [
      'lists of repeats are their mean',
      [
        [1, 1],
        [1, 0],
        [0, 1],
        [0, 0],
      ],
      [
        [1, 1],
        [1, 1],
        [0, 1],
        [1, 0],
      ],
    ],
    ['objects have the only score in them', [{ score: 1 }, { score: 1 }, { score: 0 }, { score: 0 }], [1, 1, 0, 1]],
  ])('%s', async (_, one, other) => {
    const found = await only(accOf([1, 1, 0, 0], rows(one)), accOf([1, 1, 1, 0], rows(other)));
    expect(found).toMatchObject({ n_paired: 4, missing: { a: 0, b: 0 }, delta: 0.25 });
  });

  test('an object with several scores that differ has none, so that there is no test', async () => {
    const vague = rows([1, 0], () => ({ acc: { correct: 1, accuracy: 0 } }));
    expect(await only(accOf([1, 0], vague), accOf([1, 0], vague))).toMatchObject({
      test: null,
      verdict: null,
      reason: 'no test: the baseline has no samples: no sample has a number for it',
    });
  });

  test('repeats that a task declares are one sample, their mean; others of one document are refused where they differ', async () => {
    // lmms-eval has one row a document: such files are those of other harnesses, and are put in the place of its own.
    const repeated = async (values: number[], configs: object): Promise<JobInfo> => {
      const more = { higher_is_better: { t: { acc: true } }, configs, 'n-samples': {} };
      const job = await run({ ...accOf(values), more });
      const twice = rows(values, (n) => ({ doc_id: n >> 1, doc_hash: `doc ${n >> 1}` }));
      await writeFile(samplesOf(job), twice.map((row) => `${JSON.stringify(row)}\n`).join(''));
      return job;
    };
    const configs = { t: { repeats: 2 } };
    const [a, b] = [await repeated([1, 1, 1, 0], configs), await repeated([1, 0, 0, 0], configs)];
    const [found] = (await compare(a, b)).comparisons;
    expect(found).toMatchObject({ n_a: 2, n_b: 2, n_paired: 2, delta: -0.5 });
    const values = found?.flips?.samples.map(({ value_a, value_b }) => [value_a, value_b]);
    expect(values).toEqual([
      [1, 0.5],
      [0.5, 0],
    ]);
    const unlike = await compare(await repeated([1, 1, 1, 0], {}), await repeated([1, 0, 0, 0], {}));
    expect(unlike.comparisons[0]).toMatchObject({
      ...{ test: null, reason: 'no test: the baseline has unequal samples of document 1' },
    });
  });

  test('samples that carry the cluster that their task declares are compared by clusters', async () => {
    const clustered = (values: number[]): Written => ({
      ...accOf(
        values,
        rows(values, (n) => ({ acc: { score: values[n], videoID: `video ${n >> 1}` } })),
      ),
      more: { higher_is_better: { t: { acc: true } }, configs: { t: { cluster_key: 'videoID' } } },
    });
    const found = await only(clustered(before), clustered(after));
    expect(found).toMatchObject({ clusters: 5, test: 'permutation', n_paired: 10 });
    // Sums of d - 0.3 by video: -1.6, -0.6, 0.4, 1.4, 0.4.
    expect(found.stderr).toBeCloseTo(Math.sqrt(((5 / 4) * (2.56 + 0.36 + 0.16 + 1.96 + 0.16)) / 100), 12);
    expect(found.warnings).toContainEqual(expect.stringContaining('5 clusters'));
  });

  test('an answer that failed is missing and not wrong, though the harness counts it as 0', async () => {
    const failing = rows(before, (n) =>
      n === 9 ? { filtered_resps: '[LMMS_EVAL_REQUEST_FAILED after 3 retries] x' } : {},
    );
    const found = await only(accOf(before, failing), accOf(after));
    expect(found).toMatchObject({ n_a: 9, n_b: 10, n_paired: 9, missing: { a: 1, b: 0 }, test: 'mcnemar' });
    expect(found.missing?.bounds?.map((bound) => Number(bound.toFixed(9)))).toEqual([0.2, 0.3]);
  });
});

describe('a comparison that is not sound says so', () => {
  const refused = (reason: string | RegExp) => ({
    ...{ test: null, p_value: null, delta: null, interval: null, verdict: null },
    reason: typeof reason === 'string' ? `no test: ${reason}` : expect.stringMatching(reason),
  });

  test('a score that is not a mean of its samples has a difference and no test', async () => {
    const f1 = (value: number): Written => ({
      ...accOf(before),
      results: { t: { 'acc,none': value, 'acc_stderr,none': 'N/A' } },
    });
    expect(await only(f1(0.61), f1(0.73))).toMatchObject({
      ...refused('the score is not a mean of its samples'),
      difference: near(0.12),
      warnings: expect.arrayContaining([expect.stringContaining('reports 0.61, and its samples have a mean of 0.5')]),
    });
  });

  test('under 95 % paired there is no verdict unless it is asked for, and the numbers of samples are shown', async () => {
    const few = accOf(valuesOf([9, 0]));
    const many = accOf(valuesOf([9, 1], [1, 1]));
    const [a, b] = [await run(few), await run(many)];
    expect((await compare(a, b)).comparisons[0]).toMatchObject({
      ...{ n_a: 9, n_b: 10, n_paired: 9, verdict: 'inconclusive', p_value: near(2 / 512) },
      reason: expect.stringContaining('only 9 of 10 samples are paired (90 %)'),
    });
    const allowed = await compare(a, b, { allow_unpaired: 'true' });
    expect(allowed.comparisons[0]).toMatchObject({ verdict: 'better', p_adjusted: near(2 / 512) });
  });

  test('the same id of another document is no pair; another prompt is a pair with a warning', async () => {
    const other = rows(after, () => ({ doc_hash: 'another' }));
    expect(await only(accOf(before), accOf(after, other))).toMatchObject({
      ...refused('no sample of the baseline is the same document as one of the candidate'),
      n_paired: 0,
    });
    const asked = rows(after, (n) => ({ input: `Question ${n}? Think.` }));
    expect(await only(accOf(before), accOf(after, asked))).toMatchObject({
      ...{ n_paired: 10, test: 'mcnemar' },
      warnings: ['10 pairs have another prompt in the candidate'],
    });
  });

  test('a metric of unknown direction has numbers and no verdict', async () => {
    const unknown = (values: number[]) => ({ ...accOf(values), more: {} });
    expect(await only(unknown(valuesOf([20, 0])), unknown(valuesOf([20, 1])))).toMatchObject({
      ...{ test: 'mcnemar', verdict: null, reason: 'no verdict: it is not known whether higher is better' },
    });
  });

  test('samples that were not kept, or are gone, leave the difference alone and the reason', async () => {
    const { samples: _, ...bare } = accOf(after);
    const [a, without] = [await run(accOf(before)), await run(bare, { log_samples: false })];
    expect((await compare(a, without)).comparisons[0]).toMatchObject({
      ...refused('the candidate has no samples: none were kept (log_samples)'),
      difference: near(0.3),
    });
    const gone = await run(accOf(after));
    await rm(samplesOf(gone));
    expect((await compare(gone, a)).comparisons[0]).toMatchObject(
      refused('the baseline has no samples: they are gone'),
    );
    await rm(Object.values(gone.result ?? {})[0]?.results ?? '');
    const found = await compare(gone, a);
    expect(found.comparisons[0]).toMatchObject({
      ...refused(/is gone or cannot be read$/),
      difference: expect.any(Number),
    });
    expect(found.warnings).toEqual([expect.stringContaining('the results of the baseline')]);
  });

  test.each([
    ['cut off', (text: string) => text.slice(0, -20), /line 10 is no sample/],
    ['no text', () => '\u0000\u0001\n', /line 1 is no sample/],
    ['deep', () => `${'['.repeat(100_000)}\n`, /line 1 is no sample/],
    ['no object', () => '[1]\n', /line 1 is no sample/],
    ['without an id', () => '{"acc": 1}\n', /line 1 is no sample/],
    [
      'of one line without an end',
      () => `{"doc_id": 0, "x": "${'x'.repeat(17 * 1024 * 1024)}`,
      /have a line of more than/,
    ],
    ['of NaN', (text: string) => text.replaceAll(/"acc":\d/g, '"acc":NaN'), /no sample has a number for it/],
    ['empty', () => '', /no sample has a number for it/],
  ])('a samples file that became %s leaves no test, with the reason', async (_, damage, reason) => {
    const [a, b] = [await run(accOf(before)), await run(accOf(after))];
    const path = samplesOf(b);
    const text = `${rows(after)
      .map((row) => JSON.stringify(row))
      .join('\n')}\n`;
    await writeFile(path, damage(text));
    const found = await compare(a, b);
    expect(found.comparisons[0]).toMatchObject({
      ...refused(/^no test: the candidate has no samples: /),
      a: { value: 0.5 },
    });
    expect(found.comparisons[0]?.reason).toMatch(reason);
  });
});

describe('what cannot be compared is refused', () => {
  test('a job that is unknown, waits, runs, failed or was cancelled is refused with the reason, on either side', async () => {
    const done = await run(accOf(before));
    await server.write({ ...accOf(after), exit: 1 });
    const failed = await runThat(server, { ...accOf(after), exit: 1 });
    await send(`${server.url}/queue/pause`, { method: 'POST' });
    const waiting = await submit(server.url, { model: 'm', tasks: ['t'] });
    const expected: [id: string, status: number, detail: string][] = [
      ['nosuch', 404, 'Job nosuch not found'],
      [waiting, 409, `Job ${waiting} has not ended yet: it is queued`],
      [
        failed.job_id,
        409,
        `Job ${failed.job_id} did not complete, it is failed (exited): what it had measured is not the whole of what was asked`,
      ],
    ];
    for (const [id, status, detail] of expected) {
      expect(await ask({ a: id, b: done.job_id })).toMatchObject({ status, json: { detail } });
      expect(await ask({ a: done.job_id, b: id })).toMatchObject({ status, json: { detail } });
    }
    await send(`${server.url}/jobs/${waiting}`, { method: 'DELETE' });
    await send(`${server.url}/queue/resume`, { method: 'POST' });
    expect(await ask({ a: waiting, b: done.job_id })).toMatchObject({
      status: 409,
      json: { detail: `Job ${waiting} did not complete, it is cancelled` },
    });
  });

  test('a query without two jobs, or with something else in it, is refused with the field', async () => {
    expect(await ask({ a: 'x' })).toMatchObject({ status: 422, json: { detail: [{ loc: ['query', 'b'] }] } });
    expect(await ask({ a: 'x', b: 'y', allow_unpaired: 'perhaps' })).toMatchObject({
      status: 422,
      json: { detail: [{ loc: ['query', 'allow_unpaired'] }] },
    });
  });
});
