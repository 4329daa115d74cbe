import { expect, test } from 'vitest';
import { provenanceOf } from '../../../../src/runner/results/files/madeOf.ts';
import { metricsOf } from '../../../../src/runner/results/files/metrics.ts';
import { parseResults } from '../../../../src/runner/results/files/resultsFile.ts';
import { provenanceSchema } from '../../../../src/schemas/job/provenance.ts';

const madeOf = (document: object) => {
  const file = parseResults(JSON.stringify(document));
  return provenanceSchema.parse(provenanceOf(file, metricsOf(file).metrics));
};
const scored = { results: { mme: { 'acc,none': 0.5 } } };

test('what made the numbers is read from the results: commit, version, seeds, and of each task its version and shots', () => {
  expect(
    madeOf({
      results: {
        mme: { 'acc,none': 0.5 },
        group: { 'acc,none': 0.5 },
        mmmu: { 'acc,none': 1 },
        empty: { alias: 'empty' },
      },
      groups: { group: { 'acc,none': 0.5 } },
      group_subtasks: { group: ['mme', 'mmmu'], mme: [] },
      versions: { mme: 'Yaml', mmmu: 1.5, group: 'N/A', empty: 3 },
      'n-shot': { mme: 0, mmmu: 5 },
      config: { random_seed: 0, numpy_seed: 1234, torch_seed: 1234, fewshot_seed: 1234 },
      git_hash: 'abc1234',
      lmms_eval_version: 'main@abc1234',
    }),
  ).toEqual({
    ...{ harness: null, harness_version: 'main@abc1234', git_hash: 'abc1234', seed: '0,1234,1234,1234' },
    tasks: {
      mme: { version: 'Yaml', num_fewshot: 0 },
      group: { version: null, num_fewshot: null },
      mmmu: { version: '1.5', num_fewshot: 5 },
    },
    groups: { group: ['mme', 'mmmu'] },
  });
});

test('seeds that are all the same are one, and what the definition of a task says stands in where the results say nothing', () => {
  const configs = { mme: { num_fewshot: 2, metadata: { version: 0 } } };
  const made = madeOf({ ...scored, configs, config: { random_seed: 7, torch_seed: 7 } });
  expect(made).toMatchObject({ seed: '7', tasks: { mme: { version: '0', num_fewshot: 2 } } });
});

test('what is not there, or has another shape, is null', () => {
  const nothing = { harness: null, harness_version: null, git_hash: null, seed: null, groups: {} };
  const unknown = { mme: { version: null, num_fewshot: null } };
  expect(madeOf(scored)).toEqual({ ...nothing, tasks: unknown });
  const odd = {
    ...{
      versions: { mme: {} },
      'n-shot': { mme: 0.5 },
      configs: { mme: { metadata: 'x' } },
      config: { random_seed: 'x' },
    },
    ...{ git_hash: '', lmms_eval_version: 'unknown@unknown', group_subtasks: 7 },
  };
  expect(madeOf({ ...scored, ...odd })).toEqual({ ...nothing, tasks: unknown });
});

test('of groups with more parts than are kept the name is kept, and no parts', () => {
  const parts = Array.from({ length: 2_000 }, (_, n) => `${'x'.repeat(990)}${n}`);
  const made = madeOf({ ...scored, group_subtasks: { small: ['mme'], large: parts } });
  expect(made.groups).toEqual({ small: ['mme'], large: [] });
});

test('a task with the name of what every object has gets nothing of that', () => {
  const results = { constructor: { 'acc,none': 1 } };
  expect(madeOf({ results }).tasks).toEqual({ constructor: { version: null, num_fewshot: null } });
});
