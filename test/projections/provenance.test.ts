import { expect, test } from 'vitest';
import { shownProvenance } from '../../src/projections/provenance.ts';
import { newRecord } from '../../src/schemas/job/jobRecord.ts';
import { type Outcome, shownMetrics } from '../../src/schemas/job/outcome.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { request } from '../support/requests/request.ts';

const provenance = {
  ...{ harness: 'lm-eval', harness_version: '0.4.13', git_hash: 'abc', seed: '0', groups: { g: ['t'] } },
  tasks: { t: { version: '1', num_fewshot: 5 } },
};
const asked = request({ num_gpus: 4, model_args: { pretrained: '/m', token: '***' }, gen_kwargs: 'temperature=0' });
const numbers = { result: {}, metrics: { t: { acc: { value: 1, stderr: null, n: 1, higher_is_better: null } } } };

function shown(outcome: Outcome | null, more: object = {}) {
  return shownProvenance({ ...newRecord(newJob('j', asked, more)), outcome });
}

const failed: Outcome = { status: 'failed', kind: 'lost', reason: 'gone' };
const made = {
  ...{ harness: 'lm-eval', harness_version: '0.4.13', git_hash: 'abc', seed: '0', num_gpus: 4 },
  tasks: { t: { version: '1', num_fewshot: 5 } },
  arguments: { model_args: { pretrained: '/m', token: '***' }, gen_kwargs: 'temperature=0', limit: null },
};

test('what made the numbers is shown of a job that completed, and of one that failed and had measured something', () => {
  expect(shown({ status: 'completed', ...numbers, warnings: [], provenance })).toMatchObject(made);
  expect(shown({ ...failed, partial: { ...numbers, warnings: [], provenance } })).toMatchObject(made);
});

test('a job without numbers shows nothing of what made them', () => {
  expect(shown(null)).toBeNull();
  expect(shown(failed)).toBeNull();
});

test('numbers of an old journal show what was asked, and that nothing else is known', () => {
  const old = shown({ status: 'completed', ...numbers, warnings: [] });
  expect(old).toMatchObject({ harness: null, harness_version: null, tasks: {}, num_gpus: 4, operator_options: null });
});

test('of an imported job it is not known on how many GPUs it ran', () => {
  const imported = { file: '/r/results.json', harness: 'lm-eval' };
  const outcome: Outcome = { status: 'completed', ...numbers, warnings: [], provenance };
  expect(shown(outcome, { imported })).toMatchObject({ harness: 'lm-eval', num_gpus: null });
});

test('the filter of a metric of an old journal is read off its name', () => {
  const metric = { value: 1, stderr: null, n: null, higher_is_better: null };
  const { t } = shownMetrics({ t: { 'acc,strict': metric, acc: metric, 'a,b': { ...metric, filter: 'none' } } });
  expect(Object.values(t ?? {}).map(({ filter }) => filter)).toEqual(['strict', 'none', 'none']);
});
