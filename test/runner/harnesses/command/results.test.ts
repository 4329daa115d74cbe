import { expect, test } from 'vitest';
import { commandOutput } from '../../../../src/runner/harnesses/command/output.ts';
import { parseCommandResults } from '../../../../src/runner/harnesses/command/results.ts';
import { metricsOf } from '../../../../src/runner/results/files/metrics.ts';
import { samplesTask } from '../../../../src/schemas/results/samplesName.ts';

test('the numbers of a command keep every digit, their direction, their error and their number of samples', () => {
  const text =
    '{"t": {"big": {"value": 9007199254740993, "n": 2}, "acc": {"value": 0.5, "stderr": 0.1, "n": 3, "higher_is_better": false}}}';
  const { metrics, warnings } = metricsOf(parseCommandResults(text));
  expect(warnings).toEqual([]);
  expect(metrics['t']?.['big']?.value).toEqual({ exact: '9007199254740993' });
  expect(metrics['t']?.['acc']).toMatchObject({
    value: 0.5,
    stderr: 0.1,
    n: 3,
    higher_is_better: false,
    n_failed: null,
  });
});

test('the direction of a metric is that of the results of a command, else that of its file', () => {
  const text = '{"t": {"acc": {"value": 1, "higher_is_better": true}, "loss": {"value": 2}, "f1": {"value": 3}}}';
  const { metrics } = metricsOf(parseCommandResults(text), new Map(), { acc: false, loss: false });
  const directions = Object.values(metrics['t'] ?? {}).map(({ higher_is_better }) => higher_is_better);
  expect(directions).toEqual([true, false, null]);
});

test('a score of a command that is null or no finite number is none, and said', () => {
  const { metrics, warnings } = metricsOf(
    parseCommandResults('{"t": {"a": {"value": null}, "b": {"value": -Infinity}, "c": {"value": 1}}}'),
  );
  expect(Object.keys(metrics['t'] ?? {})).toEqual(['b', 'c']);
  expect(warnings).toEqual(['t: a is no number, and is left out: null', 't: b is not a finite number']);
});

test('a task of a command without a metric is not among its results', () => {
  expect(Object.keys(parseCommandResults('{"t": {}, "u": {"a": {"value": 1}}}').results)).toEqual(['u']);
});

test.each([
  ['[]', 'it should be an object of tasks'],
  ['{"t": 0.5}', 'task "t": it should be an object of metrics'],
  ['{"t": {"acc": 0.5}}', 'task "t", metric "acc": it should be an object, as'],
  ['{"t": {"acc": {}}}', 'task "t", metric "acc": `value` should be a number'],
  ['{"t": {"acc": {"value": "0.5"}}}', 'task "t", metric "acc": `value` should be a number'],
  ['{"t": {"acc": {"value": true}}}', 'task "t", metric "acc": `value` should be a number'],
  ['{"t": {"acc": {"value": 1, "n": 1.5}}}', 'task "t", metric "acc": `n` should be a whole number from 0'],
  ['{"t": {"acc": {"value": 1, "n": -1}}}', 'task "t", metric "acc": `n` should be a whole number from 0'],
  ['{"t": {"acc": {"value": 1, "stderr": "x"}}}', 'task "t", metric "acc": `stderr` should be a number'],
  [
    '{"t": {"acc": {"value": 1, "higher_is_better": "yes"}}}',
    'task "t", metric "acc": `higher_is_better` should be true or false',
  ],
  ['{"t": {"a,b": {"value": 1}}}', 'task "t", metric "a,b": its name is empty, or has a comma'],
  ['{"t": {"bypass": {"value": 999}}}', 'task "t", metric "bypass": this name is of runs without scores'],
  [
    '{"t": {"acc": {"value": 1}, "acc_stderr": {"value": 0.1}}}',
    'metric "acc_stderr": it has the name of the standard error of acc',
  ],
  ['{"t": {', 'JSON'],
])('results of a command are refused as a whole with the first fault: %s', (text, message) => {
  expect(() => parseCommandResults(text)).toThrow(message);
});

test('results of a command have no more tasks and metrics than evaluations have', () => {
  const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, at) => [`m${at}`, { value: 1 }]));
  expect(() => parseCommandResults(JSON.stringify({ t: many }))).toThrow('more than 1000 scores of a task');
});

test('the files of a command are known by their names alone, and those of other harnesses are none of them', () => {
  const kinds = [
    'results.json',
    'samples_t.jsonl',
    'sub/results.json',
    'samples_.jsonl',
    '1_results.json',
    'x_samples_t.jsonl',
  ];
  expect(kinds.map((path) => commandOutput.readPath(path)?.kind ?? null)).toEqual([
    ...['results', 'samples', null, null, null, null],
  ]);
  expect(commandOutput.readPath('samples_t_2026-11-24T11-22-35.123456.jsonl')).toBeNull();
  expect(samplesTask('/out/samples_my_samples_t.jsonl')).toBe('my_samples_t');
});
