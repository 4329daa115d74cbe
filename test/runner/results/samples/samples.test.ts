import { appendFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createSamplesReader } from '../../../../src/runner/results/samples/readSamples.ts';
import { verdictOf } from '../../../../src/runner/results/samples/verdict.ts';
import { type SamplesQuery, samplesPageSchema } from '../../../../src/schemas/results/samplesPage.ts';
import { processorTime } from '../../../support/processorTime.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const MIB = 1024 ** 2;

async function samplesFile(content: string) {
  const path = join(await temporaryFolder(), '1_samples_t1.jsonl');
  await writeFile(path, content);
  const read = createSamplesReader();
  const page = async (query: Partial<SamplesQuery> = {}) =>
    samplesPageSchema.parse({
      ...(await read({ path: dirname(path), isOwn: true }, basename(path), 't1', { offset: 0, limit: 100, ...query })),
      partial: false,
    });
  return { path, page };
}

const lines = (count: number, line: (n: number) => object) =>
  Array.from({ length: count }, (_, n) => `${JSON.stringify(line(n))}\n`).join('');

test('pages of samples follow each other to the end, whatever their length', async () => {
  const { page } = await samplesFile(lines(10, (n) => ({ doc_id: n, target: 'é😀' })));
  const seen: unknown[] = [];
  for (let offset: number | null = 0; offset !== null; ) {
    const { samples, next_offset, total, undecided } = await page({ offset, limit: 3 });
    expect([total, undecided]).toEqual([10, null]);
    seen.push(...samples);
    offset = next_offset;
  }
  expect(seen).toEqual(Array.from({ length: 10 }, (_, n) => ({ doc_id: n, target: 'é😀' })));
  expect(await page({ offset: 10 })).toMatchObject({ samples: [], next_offset: null });
  expect(await page({ offset: 1_000_000 })).toMatchObject({ samples: [], next_offset: null, total: 10 });
});

test('the wrong samples alone come in pages of their own; those that do not say are counted', async () => {
  const { page } = await samplesFile(
    lines(9, (n) => ({ doc_id: n, ...(n % 3 === 2 ? {} : { exact_match: n % 3 === 0 ? 0 : 1 }) })),
  );
  const first = await page({ filter: 'wrong', limit: 2 });
  expect(first).toMatchObject({ total: 3, undecided: 3, next_offset: 2, samples: [{ doc_id: 0 }, { doc_id: 3 }] });
  const second = await page({ filter: 'wrong', limit: 2, offset: 2 });
  expect(second).toMatchObject({ total: 3, next_offset: null, samples: [{ doc_id: 6 }] });
});

test('each filter lets through the samples that it names; what became of an answer does not change what its score says', async () => {
  const { page } = await samplesFile(
    lines(
      6,
      (n) =>
        [
          { doc_id: 0, acc: 1, filtered_resps: 'A' },
          { doc_id: 1, acc: 0, filtered_resps: '' },
          { doc_id: 2, acc: 0, filtered_resps: '[LMMS_EVAL_REQUEST_FAILED after 3 retries] x' },
          { doc_id: 3, filtered_resps: 'B' },
          { doc_id: 4, acc: 1, filtered_resps: '' },
          { doc_id: 5, acc: 0, filtered_resps: 'B' },
        ][n] ?? {},
    ),
  );
  const counts = { right: 2, wrong: 3, undecided: 1, empty: 2, failed: 1 };
  const found = {
    all: [0, 1, 2, 3, 4, 5],
    right: [0, 4],
    wrong: [1, 2, 5],
    undecided: [3],
    empty: [1, 4],
    failed: [2],
  };
  for (const [filter, ids] of Object.entries(found)) {
    const { samples, marks, ...answer } = await page({ filter: filter as keyof typeof found });
    expect(answer, filter).toMatchObject({ counts, undecided: 1, total: ids.length });
    expect(
      samples.map((sample) => Object(sample).doc_id),
      filter,
    ).toEqual(ids);
    expect(
      marks?.map(({ index }) => index),
      filter,
    ).toEqual(ids);
  }
  expect((await page({ filter: 'failed' })).marks).toEqual([{ index: 2, verdict: 'wrong', answer: 'failed' }]);
});

test('a sample that cannot be given as it is stands there as such: too long, no JSON; NaN is null', async () => {
  const { page } = await samplesFile(
    `{"acc": NaN}\n\n[1]\n{"cut": \n{"long": "${'x'.repeat(2 * MIB)}"}\n{"doc_id": 5}`,
  );
  const { samples, total } = await page();
  expect(total).toBe(5);
  expect(samples).toEqual([
    { acc: null },
    { evald_cut: { reason: 'it is no JSON object', bytes: 3, text: '[1]' } },
    { evald_cut: { reason: 'it is no JSON', bytes: 8, text: '{"cut": ' } },
    { evald_cut: { reason: expect.stringContaining('longer'), bytes: 2 * MIB + 12, text: expect.any(String) } },
    { doc_id: 5 },
  ]);
  expect(await page({ filter: 'wrong' })).toMatchObject({ total: 0, undecided: 5 });
});

test('a page of long samples has fewer, and says where the next one begins', async () => {
  const { page } = await samplesFile(lines(9, (n) => ({ doc_id: n, input: 'x'.repeat(900_000) })));
  const { samples, next_offset } = await page({ offset: 2 });
  expect(samples.length).toBe(4);
  expect(next_offset).toBe(6);
});

test('a file of samples that has changed is read anew', async () => {
  const { path, page } = await samplesFile('{"doc_id": 0, "acc": 0}\n');
  expect(await page({ filter: 'wrong' })).toMatchObject({ total: 1 });
  await appendFile(path, '{"doc_id": 1, "acc": 0}\n');
  expect(await page()).toMatchObject({ total: 2 });
  expect(await page({ filter: 'wrong' })).toMatchObject({ total: 2, samples: [{ doc_id: 0 }, { doc_id: 1 }] });
});

test('200,000 samples are indexed once; a page from their middle then takes no longer than from their start', async () => {
  const { page } = await samplesFile(lines(200_000, (n) => ({ doc_id: n, acc: n % 1000 === 0 ? 0 : 1 })));
  const indexed = await processorTime(async () =>
    expect(await page({ filter: 'wrong', offset: 199 })).toMatchObject({ total: 200, samples: [{ doc_id: 199_000 }] }),
  );
  const paged = await processorTime(async () => {
    for (let n = 0; n < 50; n++) await page({ offset: 150_000, limit: 10 });
  });
  expect(paged / 50).toBeLessThan(indexed / 5);
});

test('more than a million samples are refused with a reason', async () => {
  const { page } = await samplesFile('{}\n'.repeat(1_000_001));
  await expect(page()).rejects.toMatchObject({ code: 'outputUnreadable', message: expect.stringContaining('1000000') });
});

test.each<[object, string | null]>([
  [{ exact_match: 0 }, 'wrong'],
  [{ exact_match: 1.0 }, 'right'],
  [{ acc: false }, 'wrong'],
  [{ acc: 0, exact_match: 1 }, 'right'],
  [{ mmmu_acc: { answer: 'A', parsed_pred: 'b' } }, 'wrong'],
  [{ mmmu_acc: { answer: 'A', parsed_pred: 'a ' } }, 'right'],
  [{ mmmu_acc: { answer: ['A'], parsed_pred: ['B'] } }, 'wrong'],
  [{ mmmu_acc: { answer: ['A', 'C'], parsed_pred: ['B', 'C'] } }, 'right'],
  [{ mmmu_acc: { question_type: 'multiple-choice', answer: 'A', parsed_pred: ['B'] } }, 'wrong'],
  [{ mmmu_acc: { question_type: 'multiple-choice', answer: 'A', parsed_pred: ['B', 'A'] } }, 'right'],
  [{ mmmu_acc: { question_type: 'multiple-choice', answer: ['C', 'A'], parsed_pred: ['A'] } }, 'right'],
  [{ mmmu_acc: { question_type: 'multiple-choice', answer: 'A', parsed_pred: 'a' } }, 'wrong'],
  [{ mmmu_acc: { question_type: 'open', answer: '1,200', parsed_pred: [['it is 1200', 1200]] } }, 'right'],
  [{ mmmu_acc: { question_type: 'open', answer: '12', parsed_pred: [['it is 13', 13]] } }, 'wrong'],
  [{ mmmu_acc: { question_type: 'open', answer: '0.333', parsed_pred: [['x', 1], [0.33]] } }, 'right'],
  [{ mmmu_acc: { question_type: 'open', answer: '0.125', parsed_pred: [[0.13]] } }, 'wrong'],
  [{ mmmu_acc: { question_type: 'open', answer: '-0.375', parsed_pred: [[-0.38]] } }, 'right'],
  [{ mmmu_acc: { question_type: 'open', answer: '2.675', parsed_pred: [[2.68]] } }, 'wrong'],
  [{ mmmu_acc: { question_type: 'open', answer: ['Paris', 'Rome'], parsed_pred: [['in rome, italy']] } }, 'right'],
  [{ mmmu_acc: { question_type: 'open', answer: 'b', parsed_pred: [['above']] } }, 'wrong'],
  [{ jmmmu_acc: { question_type: 'open', answer: 'Rome', parsed_pred: ['in rome', 3] } }, 'right'],
  [{ mmmu_acc: { question_type: 'open', answer: 'x', parsed_pred: [] } }, 'wrong'],
  [{ cmmmu_acc: { question_type: '判断', answer: '对', parsed_pred: ['对的'] } }, null],
  [{ mmmu_acc: { answer: 'A', parsed_pred: ['B', 'A'] } }, 'right'],
  [{ mmmu_acc: { answer: { a: 1 }, parsed_pred: 'A' } }, null],
  [{ mme_perception_score: { question_id: 1, category: 'ocr', score: 1.0 } }, 'right'],
  [{ 'coarse perception': { score: 0.0 }, average: { score: 0.0 } }, 'wrong'],
  [{ llm_as_judge_eval: { true_false: false, answer: '3' }, submission: { true_false: true } }, 'wrong'],
  [{ blink_sub_task: { is_correct: false, pred: 'A', gt_content: 'A' } }, 'wrong'],
  [{ minerva_acc: { pred_answer: 'B', answer: 'B', question_type: 'counting' } }, 'right'],
  [{ openxvqa_accuracy: { pred_answer: 2, ground_truth: 3 } }, 'wrong'],
  [{ exact_match: [0, 0, 1] }, 'right'],
  [{ exact_match: [0, 0] }, 'wrong'],
  [{ exact_match: [] }, null],
  [{ wer: { score: 0 } }, null],
  [{ input: { score: 0 }, token_counts: [null] }, null],
  [{ pope_accuracy: { question_id: 1, score: 0.0, prediction: 'yes' } }, 'wrong'],
  [{ relaxed_accuracy: 0.4 }, 'right'],
  [{ format_score: 0, acc_score: 1 }, 'right'],
  [{ format_score: 0 }, null],
  [{ anls: 0 }, null],
  [{ exact_match: Number.NaN, doc_id: 0 }, null],
  [{ score: '0' }, null],
  [{}, null],
])('the sample %j is %s', (sample, verdict) => {
  expect(verdictOf(sample)).toBe(verdict);
});
