// Runs all tests, short, long and measuring, then those files once more, one at a time, of which a test failed beside the others: machines are shared, and some
// tests wait for real clusters, kernels and clocks. What passes alone is named as unsteady, a fault of the test (or worse) to
// be mended, but it does not stop a change that has nothing to do with it. It closes with what failed, in so few lines that the end of
// a long output has them all. Its last line is the count of tests. Arguments go to vitest: options, files.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** More files than these are no accident. */
const MOST = 12;
/** Failures that are named at the end, and lines that all of them may take. */
const [NAMED, LINES] = [25, 50];

const root = join(import.meta.dirname, '..');
const reporters = join(root, 'test/support/reporters');
const folder = await mkdtemp(join(tmpdir(), 'evald-tests-'));
const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith('-'));

/** @returns its report, its exit code, and what failed that is no test: a chart's transition that was never taken. */
async function run(name, args) {
  const report = join(folder, `${name}.json`);
  const named = ['transitionReporter', 'closingReporter', 'failureReporter'].map((file) =>
    join(reporters, `${file}.ts`),
  );
  const asked = ['default', ...named].map((reporter) => `--reporter=${reporter}`);
  const child = spawn('npx', ['vitest', 'run', ...asked, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TEST_REPORT_FILE: report },
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const missed = [];
  for await (const line of createInterface(child.stdout)) {
    console.log(line);
    if (line.startsWith('FAILED: ')) missed.push(line);
  }
  const code = await ended;
  return { ...(await reportIn(report)), missed, code };
}

/** What the reporter wrote, or that it wrote nothing. */
async function reportIn(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const failures = [{ file: null, title: 'vitest left no report', lines: [String(error)] }];
    return { passed: 0, failed: 1, skipped: 0, failures, elsewhere: { passed: 0, skipped: 0 } };
  }
}

/** Each by its file and title, and what was wrong with it: of less, the more there are. */
function printFailures(failures, word, lines) {
  const shown = failures.slice(0, NAMED);
  const each = Math.max(1, Math.floor(lines / Math.max(1, shown.length)) - 1);
  for (const { file, title, lines } of shown) {
    console.log(`${word}: ${[file, title].filter(Boolean).join(' > ')}`);
    for (const line of lines.slice(0, each)) console.log(`    ${line}`);
  }
  if (failures.length > NAMED) console.log(`${word}: ${failures.length - NAMED} more`);
}

const first = await run('first', words);
let last = first;
let unsteady = [];
const files = [...new Set(first.failures.map(({ file }) => file))];
if (files.length > 0 && files.length <= MOST && !files.includes(null) && first.missed.length === 0) {
  console.log(`\nfailed beside the others, run once more alone:\n${files.join('\n')}\n`);
  const second = await run('second', ['--maxWorkers=1', ...options, ...files]);
  const { passed, skipped } = first.elsewhere;
  last = { ...second, passed: passed + second.passed, skipped: skipped + second.skipped };
  const isSame = (one) => (other) => one.file === other.file && one.title === other.title;
  unsteady = first.failures.filter((failure) => !second.failures.some(isSame(failure)));
}
await rm(folder, { recursive: true });

console.log();
const all = unsteady.length + last.failures.length;
printFailures(unsteady, 'unsteady, to be mended', (LINES * unsteady.length) / all);
printFailures(last.failures, 'failed', (LINES * last.failures.length) / all);
for (const line of last.missed) console.log(line);
// Something may have failed that is no test.
const wrong = last.code === 0 ? last.failed : Math.max(1, last.failed);
console.log(`${last.passed} passed, ${wrong} failed${last.skipped > 0 ? `, ${last.skipped} skipped` : ''}`);
process.exitCode = last.code === 0 ? 0 : 1;
