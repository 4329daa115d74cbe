import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { lmmsEvalOutput } from '../../../../src/runner/harnesses/lmmsEval/output.ts';
import { defaultLimits } from '../../../../src/runner/results/files/answers.ts';
import { judgeOutput } from '../../../../src/runner/results/judging/judge.ts';
import { listOutput } from '../../../../src/runner/results/judging/outputFiles.ts';
import { request } from '../../../support/requests/request.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const isOutput = (path: string) => lmmsEvalOutput.readPath(path) !== null;

async function write(folder: string, path: string, content = ''): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

test('files of both folders are listed, and nothing else', async () => {
  const folder = await temporaryFolder();
  const wanted = ['1_results.json', '1_samples_a.jsonl', 'm/2_results.json', 'm/2_samples_b_samples_c.jsonl'];
  const unwanted = [
    '_results.json',
    'eval.log',
    'm/deep/3_results.json',
    '4_samples_a.json',
    'results.json',
    'm/_samples_a.jsonl',
  ];
  for (const path of [...wanted, ...unwanted]) await write(folder, path);
  await mkdir(join(folder, '5_results.json'));
  await symlink('/nonexistent', join(folder, '6_results.json'));
  await symlink(folder, join(folder, 'again'));
  execFileSync('mkfifo', [join(folder, '7_results.json')]);
  // What is no file is named, so that it is said why it is not read; folders that are links are not entered.
  expect(await listOutput(folder, isOutput)).toEqual([...wanted, '6_results.json', '7_results.json'].sort());
  expect(await listOutput(join(folder, 'nothing'), isOutput)).toEqual([]);
  expect(await listOutput(join(folder, 'eval.log'), isOutput)).toEqual([]);
});

test('a path has the model, the time stamp and the kind', () => {
  expect(lmmsEvalOutput.readPath('org__m/1_2_results.json')).toEqual({
    path: 'org__m/1_2_results.json',
    folder: 'org__m',
    stamp: '1_2',
    kind: 'results',
  });
  expect(lmmsEvalOutput.readPath('1_2_samples_a_samples_b.jsonl')).toMatchObject({
    folder: '',
    stamp: '1_2',
    kind: 'samples',
  });
});

/** Judges a run in whose folder results appeared: stamp → score, or null for a file that is cut off. */
async function judged(results: Record<string, number | null>, log: string) {
  const output = await temporaryFolder();
  for (const [stamp, score] of Object.entries(results)) {
    const whole = JSON.stringify({ results: { a: { 'acc,none': score } } });
    await write(output, `m/${stamp}_results.json`, score === null ? whole.slice(0, -5) : whole);
    await write(output, `m/${stamp}_samples_a.jsonl`);
  }
  await write(output, 'log', log.replaceAll('OUT', output));
  const run = { output, ownOutput: false, log: join(output, 'log'), before: [] };
  const judging = { operatorOptions: [], limits: defaultLimits, hung: null };
  return judgeOutput(lmmsEvalOutput, run, request({ tasks: ['a'] }), judging);
}

const FIRST = '20260101_000001';
const SECOND = '20260101_000002';
const saving = (stamp: string) =>
  `2026-01-01 00:00:00 | INFO     | lmms_eval.loggers.evaluation_tracker:save_results_samples:300 - Saving samples to OUT/m/${stamp}_samples_a.jsonl\n`;

test('of two alike runs in one folder, the one whose samples the log names is taken', async () => {
  expect(await judged({ [FIRST]: 0.1, [SECOND]: 0.2 }, saving(FIRST))).toMatchObject({
    metrics: { a: { acc: { value: 0.1 } } },
    result: { m: { samples: [expect.stringContaining(`${FIRST}_samples_a`)] } },
    warnings: [],
  });
});

test.each([
  ['names neither', ''],
  ['names both', saving(FIRST) + saving(SECOND)],
])(
  "two results files of which either may be the run's, with a log that %s, fail it, and neither is taken",
  async (_, log) => {
    const outcome = await judged({ [FIRST]: 0.1, [SECOND]: 0.2 }, log);
    expect(outcome).toMatchObject({ status: 'failed', kind: 'harness' });
    expect('reason' in outcome && outcome.reason).toMatch(
      /^2 results files .* appeared in .* \(m\/20260101_000001_results\.json, .*\).*use a separate output_dir for each run$/,
    );
  },
);

test("a file that is cut off may be the run's: then the whole one beside it is not taken", async () => {
  expect(await judged({ [FIRST]: null, [SECOND]: 0.2 }, '')).toMatchObject({ status: 'failed', kind: 'harness' });
  expect(await judged({ [FIRST]: null, [SECOND]: 0.2 }, saving(SECOND))).toMatchObject({ status: 'completed' });
  expect(await judged({ [FIRST]: null, [SECOND]: 0.2 }, saving(FIRST))).toMatchObject({
    kind: 'noResults',
    cause: expect.stringContaining('cannot be read'),
  });
});

test('the only results are of another run when the log names other samples', async () => {
  expect(await judged({ [FIRST]: 0.1 }, saving(SECOND))).toMatchObject({
    status: 'failed',
    kind: 'noResults',
    cause: expect.stringMatching(
      /^the results file .*_results\.json is of another run: .*log names other samples as saved$/,
    ),
  });
});

test('a line of a task like that of what saves samples does not decide which results are taken', async () => {
  const words = 'Saving samples to /elsewhere/m/20200101_000000_samples_a.jsonl\n';
  const logged = `2026-01-01 00:00:00 | INFO     | mine.utils:save_results_samples:300 - ${words}`;
  for (const log of [words, logged]) expect((await judged({ [FIRST]: 0.1 }, log)).status).toBe('completed');
});
