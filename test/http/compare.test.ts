import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { comparisonSchema } from '../../src/schemas/scores/comparison.ts';
import type { Written } from '../support/harnesses/writtenLmmsEval.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { after, before, near, startComparing } from '../support/scores/comparing.ts';
import { accOf, meanOf, rows, valuesOf } from '../support/scores/writtenScores.ts';
import { startServer } from '../support/server/server.ts';

let comparing: Awaited<ReturnType<typeof startComparing>>;
beforeAll(async () => {
  comparing = await startComparing();
});
afterAll(() => comparing.server.stop());

type Comparing = typeof comparing;
const run: Comparing['run'] = (...args) => comparing.run(...args);
const compare: Comparing['compare'] = (...args) => comparing.compare(...args);
const only: Comparing['only'] = (...args) => comparing.only(...args);
const ask: Comparing['ask'] = (...args) => comparing.ask(...args);

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

  test('the step of a side is that of its scores: a label that is no decimal number is none', async () => {
    const [a, b] = [
      await run(accOf(before), { labels: { step: '0x10' } }),
      await run(accOf(after), { labels: { step: '7.5' } }),
    ];
    const found = await compare(a, b);
    expect([found.a.step, found.b.step]).toEqual([null, 7.5]);
    for (const { job_id, step } of [found.a, found.b]) {
      const { json } = await send(`${comparing.server.url}/scores?job=${job_id}`, { method: 'GET' });
      expect(json).toMatchObject({ scores: [{ step }] });
    }
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

  test('of a retry of what was missing the other tasks are those of the job that it repeats, and a warning says so', async () => {
    const whole = (values: number[], other: number[]): Written => ({
      results: { t: { 'acc,none': meanOf(values) }, u: { 'acc,none': meanOf(other) } },
      samples: { t: rows(values), u: rows(other) },
      more: { higher_is_better: { t: { acc: true }, u: { acc: true } } },
    });
    const a = await run(whole(before, before));
    const first = await run(accOf(after), { tasks: ['t', 'u'] });
    expect(first).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults' });
    const { u } = whole(before, after).samples ?? {};
    await comparing.server.write({
      ...whole(before, after),
      results: { u: { 'acc,none': meanOf(after) } },
      samples: { u: u ?? [] },
    });
    const { json } = await send(`${comparing.server.url}/jobs/${first.job_id}/retry?missing=1`, { method: 'POST' });
    const b = await endedJob(comparing.server.url, Object(json).job_id);
    expect(b).toMatchObject({ status: 'completed', request: { tasks: ['u'] } });
    const found = await compare(a, b);
    expect(found.comparisons).toMatchObject([
      { task: 't', n_paired: 10, flips: { better: 4, worse: 1 } },
      { task: 'u', n_paired: 10, flips: { better: 4, worse: 1 } },
    ]);
    expect(found.warnings).toEqual([
      `the scores of the candidate of t are those of job ${first.job_id}, which it repeats`,
    ]);
    expect(found.only_a).toEqual([]);
  });

  test('two models of the demo are compared by their real runs, the difference being that of their scores', async () => {
    const demo = await startServer();
    onTestFinished(async () => void (await demo.stop()));
    const evaluate = async (model: string) =>
      endedJob(demo.url, await submit(demo.url, { model, tasks: ['demo_digits'] }));
    const [a, b] = [await evaluate('majority'), await evaluate('nearest-template')];
    const [one, other] = [a, b].map(({ metrics }) => Number(metrics?.['demo_digits']?.['acc']?.value));
    const query = new URLSearchParams({ a: a.job_id, b: b.job_id });
    const { json } = await send(`${demo.url}/compare?${query}`, { method: 'GET' });
    const { comparisons, configuration } = comparisonSchema.parse(json);
    expect(comparisons).toMatchObject([
      {
        ...{ task: 'demo_digits', metric: 'acc', filter: 'none', test: 'mcnemar', verdict: 'better' },
        ...{ a: { value: one }, b: { value: other }, delta: near((other ?? 0) - (one ?? 0)), warnings: [] },
      },
    ]);
    expect(configuration).toEqual([{ task: null, field: 'model', a: 'majority', b: 'nearest-template' }]);
  });

  test('rows of a document for several filters are distinguished by their order, and each filter is compared for itself', async () => {
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

describe('what cannot be compared is refused', () => {
  test('a job that is unknown, waits, runs, failed or was cancelled is refused with the reason, on either side', async () => {
    const done = await run(accOf(before));
    await comparing.server.write({ ...accOf(after), exit: 1 });
    const failed = await run({ ...accOf(after), exit: 1 });
    await send(`${comparing.server.url}/queue/pause`, { method: 'POST' });
    const waiting = await submit(comparing.server.url, { model: 'm', tasks: ['t'] });
    const expected: [id: string, status: number, detail: string][] = [
      [
        'nosuch',
        404,
        'Job nosuch not found; of one that is no longer kept GET /scores has the scores, but nothing has its samples',
      ],
      [waiting, 409, `Job ${waiting} has not ended yet: it is queued. GET /jobs/${waiting}?wait=60 waits for its end.`],
      [
        failed.job_id,
        409,
        `Job ${failed.job_id} did not complete, it is failed (exited): what it had measured is not the whole of what was asked. POST /jobs/${failed.job_id}/retry repeats it, and what comes of that can be compared.`,
      ],
    ];
    for (const [id, status, detail] of expected) {
      expect(await ask({ a: id, b: done.job_id })).toMatchObject({ status, json: { detail } });
      expect(await ask({ a: done.job_id, b: id })).toMatchObject({ status, json: { detail } });
    }
    const retried = await send(`${comparing.server.url}/jobs/${failed.job_id}/retry`, { method: 'POST' });
    const { job_id: retry } = retried.json as { job_id: string };
    expect(await ask({ a: failed.job_id, b: done.job_id })).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`Job ${retry} repeats it: compare that one.`) },
    });
    await send(`${comparing.server.url}/jobs/${retry}`, { method: 'DELETE' });
    await send(`${comparing.server.url}/jobs/${waiting}`, { method: 'DELETE' });
    await send(`${comparing.server.url}/queue/resume`, { method: 'POST' });
    expect(await ask({ a: waiting, b: done.job_id })).toMatchObject({
      status: 409,
      json: { detail: expect.stringContaining(`Job ${waiting} did not complete, it is cancelled. POST /jobs/`) },
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
