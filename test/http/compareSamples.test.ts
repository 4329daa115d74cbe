import { rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import type { Written } from '../support/harnesses/writtenLmmsEval.ts';
import { after, before, near, samplesOf, startComparing } from '../support/scores/comparing.ts';
import { accOf, rows, valuesOf } from '../support/scores/writtenScores.ts';

let comparing: Awaited<ReturnType<typeof startComparing>>;
beforeAll(async () => {
  comparing = await startComparing();
});
afterAll(() => comparing.server.stop());

type Comparing = typeof comparing;
const run: Comparing['run'] = (...args) => comparing.run(...args);
const compare: Comparing['compare'] = (...args) => comparing.compare(...args);
const only: Comparing['only'] = (...args) => comparing.only(...args);

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
