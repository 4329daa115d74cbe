import { expect, test } from 'vitest';
import type { StoredScore } from '../../src/machines/ports/journal.ts';
import { readAxis, showMissing, showScore } from '../../src/projections/scores.ts';
import { missingScoreSchema, scoreSchema } from '../../src/schemas/scores/score.ts';
import { scoreInterval } from '../../src/scores/band.ts';

const stored = (labels: StoredScore['source']['labels'] = {}, more: Partial<StoredScore> = {}): StoredScore => ({
  source: {
    ...{ jobId: 'a', endedAt: 1_500, imported: false, model: 'qwen', checkpoint: null, labels, submittedBy: 'alice' },
    ...{ harness: 'demo', harnessVersion: '1', gitHash: null, seed: '7', numGpus: 1, sampleLimit: null },
  },
  ...{ task: 'mme', metric: 'acc', filter: 'none', value: 0.5, stderr: 0.1, n: 26, higherIsBetter: true },
  ...{ isGroup: false, taskVersion: '1', numFewshot: 0 },
  ...more,
});

test('a score is shown with its run and step, which may be texts, and stands on the axis that was asked for', () => {
  const shown = showScore(stored({ run: 7, step: '12000', lr: 1e-4, name: 'x' }), readAxis('label:lr'));
  expect(scoreSchema.parse(shown)).toMatchObject({
    run: '7',
    step: 12_000,
    x: 1e-4,
    completed_at: '1970-01-01T00:00:01.500+00:00',
  });
  const at = (x: string | undefined) => showScore(stored({ step: 3, name: 'x' }), readAxis(x)).x;
  expect(['time', 'label:step', 'label:name', 'label:none', 'label:constructor', undefined].map(at)).toEqual([
    ...[1.5, 3, null, null, null, null],
  ]);
});

test('the interval of a score is of the number that was measured, also of one that no double can hold', () => {
  expect(showScore(stored(), null).interval).toEqual(scoreInterval({ value: 0.5, stderr: 0.1, n: 26 }));
  const exact = showScore(
    stored({}, { value: { exact: '12345678901234567890' }, stderr: { exact: '1.00000000000000000001' } }),
    null,
  );
  expect(JSON.stringify(exact.value)).toBe('12345678901234567890');
  expect(exact.interval).toEqual(scoreInterval({ value: Number('12345678901234567890'), stderr: 1, n: 26 }));
  expect(showScore(stored({}, { stderr: null }), null).interval).toBeNull();
});

test('what has no score is shown a row a task, with the state of its job and the reason', () => {
  const job = { jobId: 'a', imported: false, model: 'm', checkpoint: null, labels: { step: 1 }, tasks: ['x', 'y'] };
  const shown = [
    ...showMissing({ ...job, status: 'failed', endedAt: 2_000, failureKind: 'timedOut' }, readAxis('time')),
    ...showMissing({ ...job, tasks: ['z'], status: 'queued', endedAt: null, failureKind: null }, readAxis('time')),
  ].map((row) => missingScoreSchema.parse(row));
  expect(shown.map(({ task, status, reason, x, step }) => [task, status, reason, x, step])).toEqual([
    ['x', 'failed', 'failed (timedOut)', 2, 1],
    ['y', 'failed', 'failed (timedOut)', 2, 1],
    ['z', 'queued', 'queued', null, 1],
  ]);
});
