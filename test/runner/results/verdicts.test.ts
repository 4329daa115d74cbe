import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exit, RunJob, StopReason } from '../../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../../src/runner/executor.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { evaluate, failureOf, fake, now } from '../../support/harnesses/fakeLmmsEval.ts';
import { runToEnd } from '../../support/jobs/runToEnd.ts';
import { request } from '../../support/requests/request.ts';
import { oneGpu, temporaryFolder } from '../../support/runs/localRun.ts';

test('a failure that the harness reports is its reason; what its exception came from goes first', async () => {
  expect((await failureOf({ model: 'error', tasks: ['a'] })).text).toMatch(
    /^Evaluation failed: Error during evaluation: boom\. Please set `--verbosity=DEBUG` .*\nLast lines of /,
  );
  const { outcome, text } = await failureOf({ model: 'retried', tasks: ['a'] });
  expect(outcome).toMatchObject({ kind: 'harness', cause: 'ValueError: doc 5 has no answer' });
  expect(text).toMatch(
    /^Evaluation failed: ValueError: doc 5 has no answer\nError during evaluation: RetryError\[.*\nLast lines of /,
  );
});

test('text of a task, a path or an argument is no failure, at any position in the log', async () => {
  expect((await evaluate({ model: 'words', tasks: ['a'] })).outcome).toMatchObject({
    status: 'completed',
    metrics: { a: { acc: { value: 0.5 } } },
    // It is an error that the task logged of one sample, and is reported as that.
    warnings: ['the log has 1 error while samples were scored, the first: Error during evaluation: CUDA out of memory'],
  });
  const output_dir = join(await temporaryFolder(), 'named');
  expect((await evaluate({ model: 'words', tasks: ['a'], output_dir })).outcome.status).toBe('completed');
});

test('a line of failure beside the results of all tasks is quoted in a warning, and the results decide', async () => {
  const { outcome } = await evaluate({ model: 'whole-error', tasks: ['a'] });
  expect(outcome).toMatchObject({ status: 'completed', metrics: { a: {} } });
  expect('warnings' in outcome && outcome.warnings).toEqual([
    expect.stringMatching(
      /^the log has a line of failure, and the results .* whole: "Error during evaluation: boom\. .*"$/,
    ),
  ]);
  // What could not be pushed anywhere was saved.
  const pushed = await evaluate({ model: 'failed-push', tasks: ['a'] });
  expect(pushed.outcome).toMatchObject({ status: 'completed', warnings: [expect.stringContaining('Could not save')] });
});

test('samples that could not be saved fail the run, and its numbers are kept', async () => {
  expect((await failureOf({ model: 'failed-save', tasks: ['a'] })).outcome).toMatchObject({
    kind: 'harness',
    reason: "Could not save sample results: OSError(28, 'No space left on device')",
    partial: { metrics: { a: { acc: { value: 0.5 } } } },
  });
});

test('what was measured before a failure is kept, whatever the failure', async () => {
  const partial = { metrics: { a: { acc: { value: 0.5 } } }, result: { org__name: {} } };
  for (const [model, kind] of [
    ['half', 'incompleteResults'],
    ['half-error', 'harness'],
    ['half-dies', 'exited'],
  ] as const) {
    const { outcome } = await failureOf({ model, tasks: ['a', 'b'] });
    expect(outcome, model).toMatchObject({ kind, partial });
    expect(Object.keys(outcome.partial?.metrics ?? {}), model).toEqual(['a']);
  }
  const { runs, job, prepared } = await evaluate({ model: 'good', tasks: ['a'] });
  const ends: [Exit, StopReason | null, string][] = [
    [{ kind: 'signal', signal: 'SIGKILL' }, null, 'signalled'],
    [{ kind: 'timedOut', seconds: 5 }, null, 'timedOut'],
    [{ kind: 'unknown', reason: 'gone' }, null, 'lost'],
    [{ kind: 'code', code: 1 }, { kind: 'stopped', who: null }, 'stopped'],
    [{ kind: 'code', code: 1 }, { kind: 'interrupted' }, 'interrupted'],
    [{ kind: 'code', code: 1 }, { kind: 'stalled', seconds: 5 }, 'stalled'],
  ];
  for (const [exit, reason, kind] of ends) {
    expect(await runs.collect(job, prepared, exit, reason), kind).toMatchObject({ kind, partial });
  }
  // Numbers of another run are no part of a run.
  expect((await failureOf({ model: 'foreign', tasks: ['a'] })).outcome.partial).toBeUndefined();
});

test('a run that hung after its results is judged by them, with a warning; a reported failure is believed then', async () => {
  const hung: StopReason = { kind: 'hung', seconds: 300 };
  const killed: Exit = { kind: 'signal', signal: 'SIGTERM' };
  const good = await evaluate({ model: 'good', tasks: ['a'] });
  expect(await good.runs.collect(good.job, good.prepared, killed, hung)).toMatchObject({
    status: 'completed',
    warnings: [expect.stringMatching(/hung after its results were written.*300 s.*--linger/)],
  });
  const failed = await evaluate({ model: 'whole-error', tasks: ['a'] });
  expect(await failed.runs.collect(failed.job, failed.prepared, killed, hung)).toMatchObject({
    kind: 'harness',
    partial: { metrics: { a: {} } },
  });
  const half = await failureOf({ model: 'half', tasks: ['a', 'b'] });
  expect(half.outcome.kind).toBe('incompleteResults');
});

test('results that arrive late are waited for, as long as was said, and no longer', async () => {
  const dataDir = await temporaryFolder();
  let pauses: number[] = [];
  let arrive = async () => {};
  const pause = async (milliseconds: number) => {
    pauses.push(milliseconds);
    if (pauses.length === 3) await arrive();
  };
  const runs = createRunExecutor({
    harness: fake,
    backend: createLocalBackend(),
    dataDir,
    now,
    resultsWait: 60,
    pause,
  });
  const job = (jobId: string, fields: Partial<EvaluateRequest>): RunJob => {
    return { jobId, folderName: jobId, request: request(fields), resources: oneGpu };
  };
  const never = await runToEnd(runs, job('never', { model: 'nothing', tasks: ['a'] }));
  expect(never.outcome).toMatchObject({ kind: 'noResults' });
  expect(pauses.reduce((sum, each) => sum + each, 0)).toBe(60_000);
  for (const model of ['cut', 'half', 'nothing']) {
    pauses = [];
    const late = job(`late-${model}`, { model, tasks: ['a', 'b'] });
    arrive = async () => {
      const folder = join(dataDir, 'outputs', late.folderName, 'org__name');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, '20261124_112235_results.json'), '{"results": {"a": {"acc,none": 1}, "b": {}}}');
    };
    expect((await runToEnd(runs, late)).outcome, model).toMatchObject({ status: 'completed' });
    expect(pauses, model).toHaveLength(3);
  }
  // What a run says of its own failure is not waited for.
  pauses = [];
  expect((await runToEnd(runs, job('error', { model: 'error', tasks: ['a'] }))).outcome.status).toBe('failed');
  expect(pauses).toEqual([]);
});

test('a results file of another run is named, with what differs', async () => {
  const { outcome, text, prepared } = await failureOf({
    model: 'foreign',
    tasks: ['a'],
    model_args: { pretrained: 'org/name' },
  });
  const file = join(prepared.output, 'org__name', '20261124_112235_results.json');
  expect(outcome.cause).toBe(
    `the results file ${file} is of another run: model_args is "pretrained=another/one" in it, and "pretrained=org/name" was asked`,
  );
  expect(text).toMatch(/^Evaluation produced no parsed results: the results file .* was asked\nLast lines of /);
});

test('a results file that is cut off is none, and is named', async () => {
  expect((await failureOf({ model: 'cut', tasks: ['a'] })).text).toMatch(
    /^Evaluation produced no parsed results: the results file .*_results\.json cannot be read/,
  );
});
