import { expect, test } from 'vitest';
import { optionsOf } from '../../../../src/runner/harnesses/lmmsEval/options.ts';
import { firstDifference } from '../../../../src/runner/harnesses/lmmsEval/provenance.ts';
import { resultsFileSchema } from '../../../../src/runner/results/files/resultsFile.ts';
import { differencesOf } from '../../../../src/runner/results/judging/differences.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { request } from '../../../support/requests/request.ts';

/** The parts of a results file of 0.7.3 with two tasks, as it wrote them. */
function resultsOf(fields: object = {}) {
  return resultsFileSchema.parse({
    results: { small: { 'acc,none': 0.5 }, large: { 'acc,none': 0.5 } },
    configs: {
      small: {
        output_type: 'generate_until',
        generation_kwargs: { until: ['\n\n'], temperature: 0, max_new_tokens: 4 },
      },
      large: { output_type: 'multiple_choice' },
    },
    'n-shot': { small: 0, large: 5 },
    'n-samples': { small: { original: 8, effective: 8 }, large: { original: 100, effective: 100 } },
    config: {
      model: 'dummy',
      gen_kwargs: '',
      resolved_cli_args: { batch_size: '8', device: null, predict_only: false, gen_kwargs: '' },
    },
    ...fields,
  });
}

const run = { output: '/out', ownOutput: true, log: '/out/log', before: [] };
const differences = (fields: object, asked: Partial<EvaluateRequest>) =>
  differencesOf(resultsOf(fields), request(asked), run);

test('what ran as it was asked has no warning', () => {
  expect(differences({}, {})).toEqual([]);
  expect(differences({}, { batch_size: 8, limit: 1_000, num_fewshot: null })).toEqual([]);
});

test('examples that a task fixes itself are reported, by task', () => {
  expect(differences({}, { num_fewshot: 5 })).toEqual(['num_fewshot 5 was asked, and the task itself has 0: small']);
});

test('a fraction that 0.7.3 takes of its first task, and as a count of the others, is reported', () => {
  const counts = { small: { original: 8, effective: 4 }, large: { original: 100, effective: 4 } };
  expect(differences({ 'n-samples': counts }, { limit: 0.5 })).toEqual([
    'limit 0.5 was asked, and the task took 4 of 100 samples: large',
  ]);
});

test('a count that a task cut, and a limit that was not asked, are reported', () => {
  const counts = { small: { original: 8, effective: 2 }, large: { original: 100, effective: 2 } };
  expect(differences({ 'n-samples': counts }, { limit: 2.5 })).toEqual([
    'limit 2.5 was asked, and the task took 2 of 8 samples: small',
    'limit 2.5 was asked, and the task took 2 of 100 samples: large',
  ]);
  expect(differences({ 'n-samples': counts }, { limit: null })).toHaveLength(2);
  expect(differences({ 'n-samples': counts }, { limit: 2 })).toEqual([]);
});

test('arguments of generation that a task does not take are reported', () => {
  const config = { gen_kwargs: { temperature: 1, max_new_tokens: 4, top_p: 0.5 } };
  expect(differences({ config }, { gen_kwargs: 'temperature=1,max_new_tokens=4,top_p=0.5' })).toEqual([
    'gen_kwargs temperature=1 was asked, and the task has 0: small',
    'gen_kwargs top_p=0.5 was asked, and the task has none: small',
    'gen_kwargs were asked, and do not apply to a task of the type multiple_choice: large',
  ]);
});

test('what ran with another batch size or device than was asked is reported', () => {
  expect(differences({}, { batch_size: 4 })).toEqual(['batch_size 4 was asked, and it ran with "8"']);
});

test('many tasks with one difference are one warning', () => {
  const names = Array.from({ length: 8 }, (_, index) => `t${index}`);
  const configs = Object.fromEntries(names.map((name) => [name, {}]));
  const shots = Object.fromEntries(names.map((name) => [name, 0]));
  expect(differences({ configs, 'n-shot': shots }, { num_fewshot: 1 })).toEqual([
    'num_fewshot 1 was asked, and the task itself has 0: t0, t1, t2, t3, t4 and 3 more',
  ]);
});

test('what the check before the launch found odd is a warning of the results', () => {
  const warned = { ...run, warnings: ['model_args "a" arrives as a float'] };
  expect(differencesOf(resultsOf(), request(), warned)).toEqual(['model_args "a" arrives as a float']);
});

const asked = request({
  tasks: ['a', 'b'],
  model_args: { pretrained: 'org/m', n: 1, yes: true },
  gen_kwargs: 'temperature=0.50, top_p=1',
  limit: 2,
  num_fewshot: 3,
});

test.each([
  ['as 0.7.3 writes them', { model_args: 'pretrained=org/m,n=1,yes=True', limit: 2.0, num_fewshot: 3, tasks: 'a,b' }],
  ['a structure', { model_args: { pretrained: 'org/m', n: 1, yes: true } }],
  ['in another order, with blanks', { model_args: 'n=1, yes=True, pretrained=org/m' }],
  ['a list of tasks', { tasks: ['a', 'b'] }],
  ['numbers as text', { limit: '2.0', num_fewshot: '3' }],
  ['arguments of generation as a structure', { gen_kwargs: { temperature: 0.5, top_p: 1 } }],
])('results that note the same values in another way are the run’s own: %s', (_, noted) => {
  const file = resultsOf({ config: { model: 'dummy', resolved_cli_args: noted } });
  expect(firstDifference(file, optionsOf(asked), [])).toBeNull();
});

test.each([
  ['another model', { model_args: { pretrained: 'org/n', n: 1, yes: true } }],
  ['an argument more', { model_args: { pretrained: 'org/m', n: 1, yes: true, more: 2 } }],
  ['another number', { limit: '3' }],
  ['fewer tasks', { tasks: ['a'] }],
  ['other generation', { gen_kwargs: { temperature: 0.7, top_p: 1 } }],
])('results that note other values are another run’s: %s', (_, noted) => {
  const file = resultsOf({ config: { model: 'dummy', resolved_cli_args: noted } });
  expect(firstDifference(file, optionsOf(asked), [])).not.toBeNull();
});
