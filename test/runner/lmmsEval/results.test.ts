import { expect, test } from 'vitest';
import { compareTasks } from '../../../src/runner/lmmsEval/completeness.ts';
import { metricsOf } from '../../../src/runner/lmmsEval/metrics.ts';
import { optionsIn, optionsOf } from '../../../src/runner/lmmsEval/options.ts';
import { firstDifference } from '../../../src/runner/lmmsEval/provenance.ts';
import { parsePythonJson } from '../../../src/runner/lmmsEval/pythonJson.ts';
import { resultsFileSchema } from '../../../src/runner/lmmsEval/resultsFile.ts';
import { matchesWildcard } from '../../../src/runner/lmmsEval/wildcard.ts';
import { request } from '../../support/request.ts';

const file = (parts: object) => resultsFileSchema.parse({ results: {}, ...parts });

test('JSON as Python writes it', () => {
  expect(parsePythonJson('{"a": 1}')).toEqual({ a: 1 });
  expect(parsePythonJson('{"a": NaN, "b": [Infinity, -Infinity], "NaN": "say \\"NaN\\", Infinity"}')).toEqual({
    a: Number.NaN,
    b: [Number.NaN, Number.NaN],
    NaN: 'say "NaN", Infinity',
  });
  for (const broken of ['', '{"a": NaN', '{"a": "NaN', '{"a": nan}', 'NaNa']) {
    expect(() => parsePythonJson(broken)).toThrow(SyntaxError);
  }
});

test('metrics: filters, standard errors, direction, samples', () => {
  const row = {
    alias: ' - t',
    ' ': ' ',
    samples: 8,
    'exact_match,none': 0.5,
    'exact_match_stderr,none': 0.19,
    'exact_match_stderr_clt,none': 0.18,
    'exact_match_stderr_clustered,none': 'N/A',
    'exact_match,strict': 1,
    'exact_match_stderr,strict': 'N/A',
    'mean_stderr,none': 0.3,
    'mean_stderr_stderr,none': 0.01,
    'submission,none': null,
    'per_class,none': { a: 1 },
    'bypass,none': 999,
  };
  const { metrics, warnings } = metricsOf(
    file({
      results: { t: row },
      higher_is_better: { t: { exact_match: true, mean_stderr: false } },
      'n-samples': { t: { original: 9, effective: 8 } },
    }),
  );
  expect(metrics).toEqual({
    t: {
      exact_match: { value: 0.5, stderr: 0.19, higher_is_better: true, n: 8 },
      'exact_match,strict': { value: 1, stderr: null, higher_is_better: true, n: 8 },
      mean_stderr: { value: 0.3, stderr: 0.01, higher_is_better: false, n: 8 },
    },
  });
  expect(warnings).toEqual([]);
});

test('a group has a row, and the samples of its parts that have the metric', () => {
  const { metrics } = metricsOf(
    file({
      results: {
        g: { 'acc,none': 0.75 },
        inner: { 'acc,none': 1 },
        a: { 'acc,none': 0.5 },
        b: { 'acc,none': 1 },
        c: {},
      },
      group_subtasks: { g: ['a', 'inner', 'c'], inner: ['b'], a: [], loop: ['loop'] },
      'n-samples': { a: { effective: 3 }, b: { effective: 4 }, c: { effective: 5 } },
    }),
  );
  expect(metrics['g']).toMatchObject({ acc: { value: 0.75, n: 7 } });
  expect(metrics['a']).toMatchObject({ acc: { n: 3 } });
  expect(metrics['c']).toEqual({});
});

test('every task asked must be there; what cannot be decided is a warning', () => {
  const results = file({
    results: { a: {}, part: {} },
    groups: { g: {} },
    group_subtasks: { h: ['part'] },
    configs: { a: { tag: 'one' }, part: { tag: ['two', 'three'] } },
  });
  expect(compareTasks(results, ['a', 'g', 'h', 'part'])).toEqual({ missing: [], warnings: [] });
  expect(compareTasks(results, ['a', 'b', 'four'])).toEqual({ missing: ['b', 'four'], warnings: [] });
  expect(compareTasks(results, ['one', 'three', 'p*', 'thr?e', '/x/task.yaml'])).toMatchObject({
    missing: [],
    warnings: [/one is a tag/, /three is a tag/, /p\* is a wildcard/, /thr\?e is a wildcard/, /yaml is a path/].map(
      (text) => expect.stringMatching(text),
    ),
  });
  expect(compareTasks(results, ['z*'])).toMatchObject({ missing: ['z*'] });
  expect(compareTasks(file({}), ['/x/task.yaml'])).toMatchObject({ missing: ['/x/task.yaml'] });
});

test('wildcards as fnmatch reads them', () => {
  const yes = [
    ['*', ''],
    ['a*c', 'abbc'],
    ['a?c', 'abc'],
    ['[a-c]x', 'bx'],
    ['[!a-c]x', 'dx'],
    ['[]]', ']'],
    ['a[', 'a['],
    ['*b*d', 'abcbd'],
  ];
  const no = [
    ['a*c', 'abcd'],
    ['?', ''],
    ['[a-c]x', 'dx'],
    ['[!a]', 'a'],
    ['abc', 'abcd'],
    ['', 'a'],
  ];
  for (const [pattern = '', text = ''] of yes)
    expect([pattern, text, matchesWildcard(pattern, text)]).toEqual([pattern, text, true]);
  for (const [pattern = '', text = ''] of no)
    expect([pattern, text, matchesWildcard(pattern, text)]).toEqual([pattern, text, false]);
  const began = performance.now();
  expect(matchesWildcard(`${'*a'.repeat(500)}b`, 'a'.repeat(5_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(5_000);
});

test('the options that extra arguments set', () => {
  expect(optionsIn(['--limit=9', '--config', 'x.yaml', '-v', '--', '--log_samples'])).toEqual([
    'limit',
    'config',
    'log_samples',
  ]);
});

test('results that note another question are of another run', () => {
  const asked = optionsOf(request({ model: 'm', tasks: ['a', 'b'], model_args: { p: 'x', api_key: 's3' }, limit: 8 }));
  const config = (parts: object, byOperator: string[] = []) =>
    firstDifference(file({ config: parts }), asked, byOperator) !== null;
  expect(config({})).toBe(false);
  expect(config({ model: 'm', model_args: 'p=x,api_key=s3' })).toBe(false);
  expect(config({ model: 'm', model_args: 'p=x,api_key=[REDACTED]' })).toBe(false);
  expect(config({ model: 'm', model_args: { p: 'x' } })).toBe(false);
  expect(config({ model: 'n', model_args: 'p=x,api_key=s3' })).toBe(true);
  expect(config({ model: 'm', model_args: 'p=y,api_key=[REDACTED]' })).toBe(true);
  expect(config({ model: 'm', model_args: '' })).toBe(true);
  expect(config({ resolved_cli_args: { tasks: 'a,b', limit: 8.0, num_fewshot: null, gen_kwargs: '' } })).toBe(false);
  expect(config({ resolved_cli_args: { tasks: 'a' } })).toBe(true);
  expect(config({ resolved_cli_args: { limit: 9 } })).toBe(true);
  expect(config({ resolved_cli_args: { limit: 9 } }, ['limit'])).toBe(false);
  expect(config({ resolved_cli_args: { num_fewshot: 5 } })).toBe(true);
  expect(config({ resolved_cli_args: { num_fewshot: 5 } }, ['config'])).toBe(false);
});
