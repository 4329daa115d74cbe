import { expect, test } from 'vitest';
import { createComparisons } from '../../../../src/runner/results/comparisons.ts';
import type { ComparedRun } from '../../../../src/runner/results/scores/comparedRun.ts';
import { compareRuns } from '../../../../src/runner/results/scores/compareRuns.ts';
import type { JobInfo } from '../../../../src/schemas/job/job.ts';
import { request } from '../../../support/requests/request.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const known = { value: 0.5, stderr: 0.1, n: 8, higherIsBetter: true, failed: null };

function sideOf(harness: string | null): ComparedRun {
  const source = { jobId: 'x', folder: null, files: [], isLogged: true, scores: { gsm8k: { acc: known } } };
  return { sources: [source], settings: { model: 'vllm', harness } };
}

async function warningsOf(a: string | null, b: string | null): Promise<string[] | undefined> {
  const found = await compareRuns({ a: sideOf(a), b: sideOf(b), wanted: [{}], allowUnpaired: false });
  return found.comparisons[0]?.warnings;
}

test('scores of two harnesses under one name are compared with a warning, and those of one, or of an unknown one, without', async () => {
  expect(await warningsOf('lmms-eval', 'lm-eval')).toEqual([
    'the baseline was evaluated by lmms-eval and the candidate by lm-eval, which may measure other things by this name',
  ]);
  expect(await warningsOf('lm-eval', 'lm-eval')).toEqual([]);
  expect(await warningsOf(null, 'lm-eval')).toEqual([]);
});

test('the harness of a job is known to a comparison also when nothing is left of its launch', async () => {
  const score = { value: 0.5, stderr: 0.1, n: 8, higher_is_better: true, n_failed: null };
  const of = (harness: string) => {
    const info = {
      job_id: harness,
      harness,
      imported: null,
      log: null,
      parts: null,
      attempts: [],
      labels: {},
      request: request(),
      metrics: { t: { acc: score } },
    };
    return { job: info as unknown as JobInfo, repeated: [], redactor: null };
  };
  const comparisons = createComparisons(await temporaryFolder(), { compare: compareRuns });
  const query = { a: 'demo', b: 'lm-eval', allow_unpaired: false };
  const { comparisons: found, configuration } = await comparisons.compare(of('demo'), of('lm-eval'), query);
  expect(configuration).toContainEqual({ task: null, field: 'harness', a: 'demo', b: 'lm-eval' });
  expect(found[0]?.warnings[0]).toContain('evaluated by demo and the candidate by lm-eval');
});
