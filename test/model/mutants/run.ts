import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { charts } from '../../../src/machines/charts.ts';
import { choose, type Mutant } from './chosen.ts';

/**
 * `npm run test:mutants`: edits the charts, one edit a mutant, and runs the model-based tests against each. A mutant that
 * no test notices fails the run. First those of its chart, then all that watch behaviour; the tables written by hand are asked only when
 * these saw nothing. `TEST_MUTANTS_SEED` picks others, `TEST_MUTANTS` how many.
 */
const seed = Number(process.env['TEST_MUTANTS_SEED'] ?? 1);
const count = Number(process.env['TEST_MUTANTS'] ?? 30);
/** Milliseconds after which a run without a mutant counts as one that hangs. */
const LIMIT = 1_200_000;
/** With one it is given so many times as long as without, and at least so many milliseconds: machines are shared. */
const [PATIENCE, LEAST] = [3, 120_000];
const folder = import.meta.dirname;
const vitest = join(folder, '../../../node_modules/vitest/vitest.mjs');

/** All tests that watch behaviour, then the tables, then every state of a scheduler, which takes the longest. */
const rounds = [
  [
    ...['test/model/runner', 'test/model/job', 'test/model/runTracker', 'test/model/delivery', 'test/model/random'],
    'test/model/ordering',
  ],
  ['test/model/allowed'],
  ['test/model/scheduler'],
];

/** Tests of a chart's own, which are asked first: most edits are noticed there, in a fraction of the time of all. */
const ownTests: { readonly [chart: string]: readonly string[] } = {
  ...{ job: ['test/model/job'], runner: ['test/model/runner'], delivery: ['test/model/delivery'] },
  ...{ runTracker: ['test/model/runTracker'], scheduler: ['test/model/job', 'test/model/random/oneSlot'] },
};

type Results = {
  testResults: { name: string; message?: string; assertionResults: { status: string; title: string }[] }[];
};

/** Runs tests against a mutant until one fails. @returns what noticed it; null when nothing did. */
async function noticedBy({ id }: Pick<Mutant, 'id'>, tests: readonly string[], most: number): Promise<string | null> {
  const report = await mkdtemp(join(tmpdir(), 'evald-mutant-'));
  const file = join(report, 'report.json');
  const words = [
    'run',
    ...tests,
    '--config',
    join(folder, 'vitest.config.ts'),
    '--bail',
    '1',
    '--reporter',
    'json',
    '--outputFile',
    file,
  ];
  const env = {
    ...process.env,
    TEST_MUTANT: id,
    TEST_MODEL_SEED: '1',
    TEST_MODEL_RUNS: '200',
    TEST_MODEL_SHRINK: 'no',
  };
  const child = spawn(process.execPath, [vitest, ...words], { env, stdio: 'ignore', detached: true });
  let isHanging = false;
  const limit = setTimeout(() => {
    isHanging = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, most);
  const [code] = await once(child, 'exit');
  clearTimeout(limit);
  try {
    if (isHanging) return 'the tests hang';
    return code === 0 ? null : await firstFailure(file);
  } finally {
    await rm(report, { recursive: true, force: true });
  }
}

async function firstFailure(file: string): Promise<string> {
  const { testResults }: Results = JSON.parse(await readFile(file, 'utf8'));
  const failed = testResults.find(
    ({ message, assertionResults }) => Boolean(message) || assertionResults.some(({ status }) => status === 'failed'),
  );
  const title = failed?.assertionResults.find(({ status }) => status === 'failed')?.title ?? 'the file cannot be run';
  // No file at all means that nothing was tested: that is no mutant's doing.
  if (failed === undefined) throw new Error('vitest ran no tests');
  return `${failed.name.replace(/.*test\/model\//, '')}: ${title}`;
}

/** What each round may take. */
const limits = rounds.map(() => LIMIT);

async function judge(mutant: Mutant): Promise<string | null> {
  const own = ownTests[mutant.chart];
  const first = own === undefined ? null : await noticedBy(mutant, own, limits[0] ?? LIMIT);
  if (first !== null) return first;
  for (const [round, tests] of rounds.entries()) {
    const notice = await noticedBy(mutant, tests, limits[round] ?? LIMIT);
    if (notice !== null) return notice;
  }
  return null;
}

/** Runs the tests without a mutant, for they must pass, and measures how long each round takes. */
async function expectUnchanged(): Promise<void> {
  for (const [round, tests] of rounds.entries()) {
    const start = performance.now();
    const notice = await noticedBy({ id: 'none:0' }, tests, LIMIT);
    if (notice !== null) throw new Error(`the tests fail without a mutant: ${notice}`);
    limits[round] = Math.max(LEAST, PATIENCE * (performance.now() - start));
  }
}

const mutants = choose(Object.values(charts), seed, count);
const began = performance.now();
await expectUnchanged();
const survivors: Mutant[] = [];
const waiting = [...mutants];
const work = async (): Promise<void> => {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const notice = await judge(mutant);
    if (notice === null) survivors.push(mutant);
    const verdict = notice === null ? 'LIVES' : 'caught';
    console.log(
      `${verdict}  ${mutant.chart.padEnd(10)} ${mutant.kind.padEnd(23)} ${mutant.where}\n        ${notice ?? ''}`,
    );
  }
};
await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, work));
const seconds = Math.round((performance.now() - began) / 1_000);
console.log(`${mutants.length - survivors.length} of ${mutants.length} mutants caught in ${seconds} s (seed ${seed})`);
if (survivors.length > 0) process.exitCode = 1;
