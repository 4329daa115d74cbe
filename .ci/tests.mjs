// Runs all tests, short, long and measuring, then those files once more, one at a time, of which a test failed beside the others: machines are shared, and some
// tests wait for real clusters, kernels and clocks. What passes alone is named as unsteady, a fault of the test (or worse) to
// be mended, but it does not stop a change that has nothing to do with it. Its last line is the count of tests.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** More files than these are no accident. */
const MOST = 3;
const folder = await mkdtemp(join(tmpdir(), 'evald-tests-'));

/** @returns its report, and whether something failed that is no test: a chart's transition that was never taken, a worker. */
async function run(name, files) {
  const report = join(folder, `${name}.json`);
  const reporters = [
    'default',
    './test/support/reporters/transitionReporter.ts',
    './test/support/reporters/closingReporter.ts',
    'json',
  ];
  const args = [...reporters.map((reporter) => `--reporter=${reporter}`), `--outputFile.json=${report}`];
  const child = spawn('npx', ['vitest', 'run', ...args, ...files], { stdio: ['ignore', 'pipe', 'inherit'] });
  let isMissed = false;
  child.stdout.setEncoding('utf8').on('data', (text) => {
    process.stdout.write(text);
    isMissed ||= text.includes('FAILED: ');
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const { testResults, numPassedTests, numFailedTests, numPendingTests } = JSON.parse(await readFile(report, 'utf8'));
  const failed = testResults.filter(({ status }) => status === 'failed').map(({ name: file }) => file);
  return { failed, passed: numPassedTests, skipped: numPendingTests, wrong: numFailedTests, isMissed, code };
}

const first = await run('first', process.argv.slice(2));
let { passed, wrong } = first;
let status = first.code;
if (first.failed.length > 0 && first.failed.length <= MOST && !first.isMissed) {
  console.log(`\nfailed beside the others, run once more alone:\n${first.failed.join('\n')}\n`);
  const second = await run('second', ['--maxWorkers=1', ...first.failed]);
  status = second.code;
  passed += Math.max(0, first.wrong - second.wrong);
  wrong = second.wrong;
  if (status === 0) console.log(`\nunsteady, to be mended:\n${first.failed.join('\n')}`);
}
await rm(folder, { recursive: true });
// A file that could not be loaded has no test that failed.
if (status !== 0) wrong = Math.max(1, wrong);
console.log(`${passed} passed, ${wrong} failed${first.skipped > 0 ? `, ${first.skipped} skipped` : ''}`);
process.exitCode = status === 0 ? 0 : 1;
