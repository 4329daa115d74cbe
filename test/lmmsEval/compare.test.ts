import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { comparisonSchema } from '../../src/schemas/scores/comparison.ts';
import { gateAnswerSchema } from '../../src/schemas/scores/gate.ts';
import { type LmmsEvalServer, startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';

// One task of eight pictures, scored in two ways. Four are right when the answer is "B", four when it is "A", so the task
// is scored such that "B" is right for six and "A" for one: by the number of the document.
const UTILS = `
RIGHT = ["B", "B", "B", "B", "B", "B", "A", "C"]
LENGTHS = [0.5, 0.25, 1.0, 0.75, 0.5, 0.25, 1.0, 0.5]

def visual(doc):
    return [doc["image"].convert("RGB")]

def score(doc, results):
    # Each two pictures are of one video.
    number = int(doc["question"].split(" ")[-1])
    hit = results[0] == RIGHT[number]
    return {
        "hit": float(hit),
        "by_video": {"score": float(hit), "videoID": "v" + str(number // 2)},
        "partly": LENGTHS[number] if hit else 0.0,
    }

def mean(items):
    return sum(items) / len(items)

def mean_of_objects(items):
    return 100 * sum(item["score"] for item in items) / len(items)

def numbered(dataset):
    return dataset.map(lambda doc, at: {"question": doc["question"] + " " + str(at)}, with_indices=True)
`;

const yaml = (data: string) => `
task: evald_flips
dataset_path: parquet
dataset_kwargs:
  data_files:
    test: ${data}
test_split: test
output_type: generate_until
process_docs: !function evald_flips.numbered
doc_to_visual: !function evald_flips.visual
doc_to_text: question
doc_to_target: answer
process_results: !function evald_flips.score
cluster_key: videoID
generation_kwargs:
  max_new_tokens: 4
metric_list:
  - metric: hit
    aggregation: !function evald_flips.mean
    higher_is_better: true
  - metric: by_video
    aggregation: !function evald_flips.mean_of_objects
    higher_is_better: true
  - metric: partly
    aggregation: !function evald_flips.mean
    higher_is_better: true
metadata:
  - version: 0.0
`;

describeWith(lmmsEval, 'two runs of the real lmms-eval', () => {
  let real: LmmsEvalServer;
  let a: JobInfo;
  let b: JobInfo;
  beforeAll(async () => {
    real = await startLmmsEvalServer(['--slots', '2']);
    await writeFile(join(real.tiny.includePath, 'evald_flips.py'), UTILS);
    await writeFile(join(real.tiny.includePath, 'evald_flips.yaml'), yaml(join(real.folder, 'colours.parquet')));
    const evaluate = async (response: string) => {
      const { url } = real.server;
      const id = await submit(url, { model: 'dummy', model_args: { response }, tasks: ['evald_flips'] });
      return endedJob(url, id);
    };
    [a, b] = await Promise.all([evaluate('B'), evaluate('A')]);
  }, 600_000);
  afterAll(() => real?.stop());

  test('two runs of the real lmms-eval with known flips have the comparison that one works out by hand', async () => {
    expect([a.error, b.error]).toEqual([null, null]);
    const query = new URLSearchParams({ a: a.job_id, b: b.job_id });
    const { status, json } = await send(`${real.server.url}/compare?${query}`, { method: 'GET' });
    expect(status, JSON.stringify(json)).toBe(200);
    const found = comparisonSchema.parse(json);
    expect(found.configuration).toEqual([{ task: null, field: 'model_args.response', a: 'B', b: 'A' }]);
    const by = new Map(found.comparisons.map((one) => [one.metric, one]));

    // Six are lost, one is gained, one is wrong in both: d = -1 six times, 1, 0.
    const hit = by.get('hit');
    expect(hit).toMatchObject({
      ...{ higher_is_better: true, a: { value: 0.75, n: 8 }, b: { value: 0.125, n: 8 }, difference: -0.625 },
      ...{ n_a: 8, n_b: 8, n_paired: 8, missing: { a: 0, b: 0, bounds: null }, delta: -0.625 },
      flips: { better: 1, worse: 6, equal: 1 },
      ...{ test: 'mcnemar', clusters: null, verdict: 'inconclusive', warnings: [] },
    });
    // Σd² = 7, so SE² = (7 - 8 · 0.625²) / (8 · 7); p = 2 · (1 + 7) / 2⁷; detectable 2.8 · SE.
    expect(hit?.stderr).toBeCloseTo(Math.sqrt(3.875 / 56), 12);
    expect(hit?.p_value).toBeCloseTo(0.125, 12);
    expect(hit?.detectable).toBeCloseTo(2.8 * Math.sqrt(3.875 / 56), 12);

    // In per cent, by video: d - Δ sums up to -75, -75, -75 and 225 in the four videos of two pictures each.
    const video = by.get('by_video');
    expect(video).toMatchObject({
      ...{ a: { value: 75 }, b: { value: 12.5 }, delta: -62.5, clusters: 4, test: 'permutation' },
      flips: { better: 1, worse: 6, equal: 1 },
      warnings: [expect.stringContaining('4 clusters')],
    });
    const se = Math.sqrt(((4 / 3) * (3 * 75 ** 2 + 225 ** 2)) / 64);
    expect(video?.stderr).toBeCloseTo(se, 9);
    // t of three degrees of freedom: 3.182446305 at 97.5 %.
    expect(video?.interval?.[0]).toBeCloseTo(-62.5 - 3.182446305 * se, 5);
    expect(video?.interval?.[1]).toBeCloseTo(-62.5 + 3.182446305 * se, 5);

    // d = -0.5, -0.25, -1, -0.75, -0.5, -0.25, 1, 0: Δ = -2.25 / 8, Σd² = 3.1875.
    const partly = by.get('partly');
    expect(partly).toMatchObject({ test: 'permutation', n_paired: 8, delta: -0.28125, verdict: 'inconclusive' });
    const spread = Math.sqrt((3.1875 - 8 * 0.28125 ** 2) / 56);
    expect(partly?.stderr).toBeCloseTo(spread, 12);
    // t of seven degrees of freedom: 2.364624252 at 97.5 %.
    expect(partly?.interval?.[0]).toBeCloseTo(-0.28125 - 2.364624252 * spread, 6);
    expect(partly?.flips?.samples.map(({ doc_id }) => doc_id)).toEqual(['2', '6', '3', '0', '4', '1', '5']);
  });

  test('flips lead to the samples of both runs by their places', async () => {
    const query = new URLSearchParams({ a: a.job_id, b: b.job_id, metric: 'hit' });
    const { json } = await send(`${real.server.url}/compare?${query}`, { method: 'GET' });
    const [only] = comparisonSchema.parse(json).comparisons;
    for (const { doc_id, index_a, index_b, value_a, value_b } of only?.flips?.samples ?? []) {
      for (const [job, offset, value] of [[a, index_a, value_a] as const, [b, index_b, value_b] as const]) {
        const path = `${job.job_id}/samples/evald_flips?offset=${offset}&limit=1`;
        const page = await send(`${real.server.url}/jobs/${path}`, { method: 'GET' });
        expect(page.json).toMatchObject({ samples: [{ doc_id: Number(doc_id), hit: value }] });
      }
    }
  });

  test('a gate between them goes by the interval, and asks which of several metrics is meant', async () => {
    const gate = (task: object) =>
      send(`${real.server.url}/gate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ baseline: a.job_id, candidate: b.job_id, policy: { tasks: { evald_flips: task } } }),
      });
    const verdict = async (task: object) => gateAnswerSchema.parse((await gate(task)).json).verdict;
    expect(await verdict({ metric: 'hit', max_drop: 0.999 })).toBe('pass');
    expect(await verdict({ metric: 'hit', max_drop: 0.5 })).toBe('inconclusive');
    // Of eight pictures six lost and one gained may be chance.
    expect(await verdict({ metric: 'hit', max_drop: 0 })).toBe('inconclusive');
    expect(await gate({ max_drop: 0 })).toMatchObject({
      status: 422,
      json: { detail: [{ msg: expect.stringContaining('there are several: hit, by_video, partly') }] },
    });
  });
});
