import { expect, test } from 'vitest';
import { optionsOf } from '../../../../src/runner/harnesses/lmmsEval/options.ts';
import { firstDifference } from '../../../../src/runner/harnesses/lmmsEval/provenance.ts';
import { optionsIn } from '../../../../src/runner/harnesses/operatorWords.ts';
import { compareTasks } from '../../../../src/runner/results/files/completeness.ts';
import type { MetricCounts } from '../../../../src/runner/results/files/metricCounts.ts';
import { metricsOf } from '../../../../src/runner/results/files/metrics.ts';
import { parsePythonJson } from '../../../../src/runner/results/files/pythonJson.ts';
import { parseResults, resultsFileSchema } from '../../../../src/runner/results/files/resultsFile.ts';
import { shownMetrics } from '../../../../src/schemas/job/outcome.ts';
import { matchesWildcard } from '../../../../src/schemas/values/wildcard.ts';
import { expectWithin } from '../../../support/measuring/least.ts';
import { processorTime } from '../../../support/processorTime.ts';
import { request } from '../../../support/requests/request.ts';

const samplesOf = (metrics: Record<string, Omit<MetricCounts, 'unscored'>>, samples = 8) => ({
  samples,
  metrics: new Map(
    Object.entries(metrics).map(([name, counts]) => [
      name,
      { ...counts, unscored: counts.n === null ? null : samples - counts.n },
    ]),
  ),
});

const file = (parts: object) => resultsFileSchema.parse({ results: {}, ...parts });

test('JSON is read as Python writes it', () => {
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

test('metrics have filters, standard errors, direction, samples', () => {
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
    }),
    new Map([['t', samplesOf({ exact_match: { n: 8, failed: 1, empty: 2 } }, 11)]]),
  );
  const counts = { n: 8, n_failed: 1, n_empty: 2, n_unscored: 3 };
  const unknown = { stderr: null, stderr_clt: null, stderr_clustered: null };
  expect(metrics).toEqual({
    t: {
      exact_match: {
        ...unknown,
        value: 0.5,
        stderr: 0.19,
        stderr_clt: 0.18,
        higher_is_better: true,
        filter: 'none',
        ...counts,
      },
      'exact_match,strict': { ...unknown, value: 1, higher_is_better: true, filter: 'strict', ...counts },
      mean_stderr: {
        ...unknown,
        value: 0.3,
        stderr: 0.01,
        higher_is_better: false,
        n: null,
        n_failed: null,
        n_empty: null,
        n_unscored: null,
        filter: 'none',
      },
    },
  });
  expect(warnings).toEqual([
    't: submission is no number, and is left out: null',
    't: per_class is no number, and is left out: {"a":1}',
  ]);
});

test('a standard error over samples is never shown as that of the score', () => {
  const row = { 'acc,none': 0.5, 'acc_stderr,none': 'N/A', 'acc_stderr_clt,none': '0.2' };
  const { metrics, warnings } = metricsOf(file({ results: { t: row } }));
  expect(metrics['t']?.['acc']).toMatchObject({ stderr: null, stderr_clt: 0.2, stderr_clustered: null });
  expect(warnings).toEqual([]);
});

test('a number that is written as text is read; what cannot be read is named, and nothing is made of it', () => {
  const values = [
    '0.5',
    ' -1.50e+3 ',
    '.5',
    '+7.',
    '18446744073709551615',
    'nan',
    '-inf',
    'tensor(0.5)',
    '0x1',
    '',
    true,
  ];
  const row = Object.fromEntries(values.map((value, at) => [`m${at},none`, value]));
  const { metrics, warnings } = metricsOf(file({ results: { t: row } }));
  expect(Object.values(metrics['t'] ?? {}).map(({ value }) => value)).toEqual([
    0.5,
    -1500,
    0.5,
    7,
    { exact: '18446744073709551615' },
    null,
    null,
  ]);
  expect(warnings).toEqual([
    't: m5 is not a finite number',
    't: m6 is not a finite number',
    't: m7 is no number, and is left out: "tensor(0.5)"',
    't: m8 is no number, and is left out: "0x1"',
    't: m9 is no number, and is left out: ""',
    't: m10 is no number, and is left out: true',
  ]);
});

test('numbers that a double cannot hold are kept as they were written, and only those', () => {
  const numbers = ['9007199254740993', '18446744073709551616', '1e400', '-1e-400', '0.1234567890123456789'];
  const plain = [
    '9007199254740992',
    '0.1889822365046136',
    '1.0',
    '1E2',
    '-0.0',
    '1e22',
    '100000000000000000000',
    '5e-324',
  ];
  const text = `{"results": {"t": {${[...numbers, ...plain].map((number, at) => `"m${at},none": ${number}`)}, "x,none": NaN}}}`;
  const { metrics } = metricsOf(parseResults(text));
  const values = Object.values(metrics['t'] ?? {}).map(({ value }) => value);
  expect(values.slice(0, numbers.length)).toEqual(numbers.map((exact) => ({ exact })));
  expect(values.slice(numbers.length, -1)).toEqual(plain.map(Number));
  expect(values.at(-1)).toBeNull();
  const shown = JSON.stringify(shownMetrics(metrics));
  for (const number of numbers) expect(shown).toContain(`"value":${number},`);
});

test('JSON that is too deep is refused in a sentence, and does not exhaust the stack', () => {
  const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;
  expect(parsePythonJson(deep(500))).toBeInstanceOf(Array);
  for (const levels of [501, 1_000_000]) expect(() => parsePythonJson(deep(levels))).toThrow('more than 500 levels');
  expect(parsePythonJson(JSON.stringify({ text: '[{'.repeat(5_000), list: Array(2_000).fill({}) }))).toBeTypeOf(
    'object',
  );
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
    }),
    new Map([
      ['a', samplesOf({ acc: { n: 3, failed: 1, empty: 0 } })],
      ['b', samplesOf({ acc: { n: 4, failed: 1, empty: 2 } })],
      ['c', samplesOf({ other: { n: 5, failed: 0, empty: 0 } })],
    ]),
  );
  expect(metrics['g']).toMatchObject({ acc: { value: 0.75, n: 7, n_failed: 2, n_empty: 2, n_unscored: 9 } });
  expect(metrics['a']).toMatchObject({ acc: { n: 3, n_failed: 1 } });
  expect(metrics['c']).toEqual({});
});

test('the samples of a metric are those that carry it, and the others have no score by it; without samples neither is known', () => {
  const results = {
    results: { mme: { 'perception,none': 1, 'cognition,none': 2 } },
    'n-samples': { mme: { effective: 12 } },
  };
  const of = (n: number) => ({ n, failed: 0, empty: 0 });
  const counts = samplesOf({ perception: of(10), cognition: of(2) }, 12);
  expect(metricsOf(file(results), new Map([['mme', counts]])).metrics['mme']).toMatchObject({
    perception: { n: 10, n_unscored: 2 },
    cognition: { n: 2, n_unscored: 10 },
  });
  const unknown = { n: null, n_unscored: null };
  expect(metricsOf(file(results)).metrics['mme']).toMatchObject({ perception: unknown, cognition: unknown });
});

test('groups that have each other many times over, and each in itself, are counted in time by their number', async () => {
  const names = Array.from({ length: 400 }, (_, level) => `g${level}`);
  const group_subtasks = Object.fromEntries(names.map((name, at) => [name, names.slice(at + 1, at + 4)]));
  const results = Object.fromEntries(names.map((name) => [name, { 'acc,none': 1 }]));
  const loop = {
    results: { a: { 'acc,none': 1 }, b: { 'acc,none': 1 } },
    group_subtasks: { a: ['b', 'b'], b: ['a', 'a'] },
  };
  const read = () => {
    expect(metricsOf(file({ results, group_subtasks })).metrics['g0']).toMatchObject({ acc: { n: null } });
    expect(metricsOf(file(loop)).metrics['a']).toMatchObject({ acc: { n: null } });
  };
  await expectWithin(2_000, 'processor', () => processorTime(read));
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

test('a group whose parts are not all there is missing; so is a name that stands in a list of parts alone', () => {
  const found = file({
    results: { g: {}, inner: {}, a: {}, whole: {}, b: {} },
    group_subtasks: { g: ['inner'], inner: ['a', 'gone'], whole: ['b', 'without_row'], without_row: ['b'], bare: [] },
  });
  const tasks = ['g', 'inner', 'a', 'whole', 'without_row', 'bare', 'gone'];
  expect(compareTasks(found, tasks).missing).toEqual(['g', 'inner', 'bare', 'gone']);
});

test('no score vanishes for its name, and a task without any is named', () => {
  const rows = {
    t: {
      'acc,none': 1,
      'acc_stderr,none': 0.1,
      'acc_stderr_rate,none': 7,
      'acc,top5,none': 2,
      'acc,top5': 3,
      ...JSON.parse('{"__proto__,none": 4}'),
      'constructor,none': 5,
    },
    bare: { alias: 'bare' },
    group: { alias: 'group', ' ': ' ' },
    predicted: { 'bypass,none': 999 },
  };
  const counts = { original: 1, effective: 1 };
  const { metrics, warnings } = metricsOf(
    file({ results: rows, 'n-samples': { t: counts, bare: counts, predicted: counts } }),
  );
  const values = Object.entries(metrics['t'] ?? {}).map(([name, { value, stderr }]) => [name, value, stderr]);
  expect(values).toEqual([
    ['acc', 1, 0.1],
    ['acc_stderr_rate', 7, null],
    ['acc,top5,none', 2, null],
    ['acc,top5', 3, null],
    ['constructor', 5, null],
  ]);
  expect(warnings).toEqual(['t: a score with the name __proto__ is left out', 'bare has no score']);
});

test('wildcards are matched as fnmatch does', async () => {
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
  const match = () => expect(matchesWildcard(`${'*a'.repeat(500)}b`, 'a'.repeat(5_000))).toBe(false);
  await expectWithin(5_000, 'processor', () => processorTime(match));
});

test('the options that extra arguments set are found', () => {
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
