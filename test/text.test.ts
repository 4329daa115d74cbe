import { expect, test } from 'vitest';
import { causeOf, checkpointName, engineWait, shortId, waitText } from '../src/text/jobs.ts';
import { rateText } from '../src/text/rate.ts';
import { firstScore, scoreText } from '../src/text/scores.ts';
import { ago, span } from '../src/text/times.ts';

const measured = {
  ...{ n: 200, n_failed: 0, n_empty: 0, n_unscored: 0, filter: 'none' },
  ...{ higher_is_better: true, stderr_clt: null, stderr_clustered: null },
};

test('a score is shown with three decimals and its standard error, and as the harness wrote it where a double cannot hold it', () => {
  expect(scoreText({ value: 0.5128, stderr: 0.0119 })).toBe('0.513 ± 0.012');
  expect(scoreText({ value: 1, stderr: null })).toBe('1.000');
  expect(scoreText({ value: null, stderr: 0.1 })).toBe('n/a');
  expect(scoreText({ value: JSON.rawJSON('123456789012345678901234567890'), stderr: null })).toBe(
    '123456789012345678901234567890',
  );
});

test('the first score of a job is that of its results, or of what it had measured before it failed, with how many more there are', () => {
  const metrics = {
    a: { acc: { value: 0.5, stderr: null, ...measured }, f1: { value: 0.4, stderr: null, ...measured } },
    b: { acc: { value: 0.3, stderr: null, ...measured } },
  };
  expect(firstScore({ metrics, partial_metrics: null })).toMatchObject({
    score: { task: 'a', metric: 'acc' },
    more: 2,
  });
  expect(firstScore({ metrics: null, partial_metrics: { b: metrics.b } })).toMatchObject({
    score: { task: 'b' },
    more: 0,
  });
  expect(firstScore({ metrics: null, partial_metrics: null })).toBeNull();
});

test('the cause of a failure is its first line, with the last line of the log where that line says no cause', () => {
  const of = (error: string | null, failure_kind: 'exited' | null = 'exited') => causeOf({ error, failure_kind });
  expect(of('CUDA out of memory. Last lines of /o/log:\nTraceback\nkilled')).toBe('CUDA out of memory.');
  expect(of('Evaluation failed with return code 3. Last lines of /o/log:\nTraceback\n  killed by hand\n')).toBe(
    'Evaluation failed with return code 3. killed by hand',
  );
  expect(of('')).toBe('exited');
  expect(of(null, null)).toBe('');
});

test('a job is named by its checkpoint, short, and by the beginning of its id', () => {
  const named = (pretrained: unknown) =>
    checkpointName({ model_args: { pretrained } } as unknown as Parameters<typeof checkpointName>[0]);
  expect(named('/ckpt/run7/step-12000/')).toBe('run7/step-12000');
  expect(named('org/model')).toBe('org/model');
  expect(named(7)).toBeNull();
  expect(shortId('0f9c2b1e-52d7-4d0e-9d1b-6a0f7c2e9b55')).toBe('0f9c2b1e');
});

test('a run that its engine lets wait says so in the words of that, and one that has begun does not', () => {
  const backend = { name: 'slurm', id: '7', node: null, state: 'PENDING (Resources)' };
  expect(engineWait({ status: 'running', backend })).toBe('PENDING (Resources) in slurm');
  expect(engineWait({ status: 'running', backend: { ...backend, node: 'n1', state: 'RUNNING' } })).toBeNull();
  expect(engineWait({ status: 'running', backend: { ...backend, state: null } })).toBeNull();
  expect(engineWait({ status: 'running', backend: null })).toBeNull();
});

test('a job that waits says for what, as a sentence without its subject', () => {
  expect(waitText(null)).toBeNull();
  expect(waitText({ kind: 'jobs', ahead: 1 })).toBe('has 1 job ahead');
  expect(waitText({ kind: 'jobs', ahead: 12_345 })).toBe('has 12,345 jobs ahead');
  expect(waitText({ kind: 'slot' })).toBe('is next, as soon as a run ends');
  expect(waitText({ kind: 'engine', pending: 20 })).toBe(
    'is next, when the engine has begun one of the 20 that wait there',
  );
});

test('times are said in the two largest units, and how long ago in one', () => {
  expect([42, 190, 7_500, 356_400].map(span)).toEqual(['42s', '3m10s', '2h05m', '4d03h']);
  const now = Date.parse('2026-11-30T12:00:00Z');
  expect(ago('2026-11-30T11:56:50Z', now)).toBe('3m ago');
  expect(ago('2026-11-30T14:05:00Z', now)).toBe('in 2h05m');
  expect(ago(null, now)).toBe('');
});

test('a rate is shown with two digits, and never with an exponent', () => {
  expect([0.014, 3.24, 87.6, 99.6, 105.2].map(rateText)).toEqual(['0.014', '3.2', '88', '100', '105']);
});
