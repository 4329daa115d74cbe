import { writeFile } from 'node:fs/promises';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { countsOf, suitesOf } from './counts.ts';

/** Lines that are kept of what a failure says, and characters of a line. */
const [LINES, WIDTH] = [6, 240];

/** A test that failed, a file or a suite that could not be run, or an error that belongs to no test. */
export type Failure = {
  /** From the root; null: of no file. */
  file: string | null;
  /** Of the test or suite, in its suites; empty for a whole file. */
  title: string;
  /** The first line of the message, with the place in the test, and what follows. */
  lines: string[];
};

/** What `.ci/tests.mjs` needs of a test run. */
export type RunReport = {
  passed: number;
  failed: number;
  skipped: number;
  failures: Failure[];
  /** Counts of the files in which nothing failed. */
  elsewhere: { passed: number; skipped: number };
};

/** Writes a `RunReport` as JSON to the file that `TEST_REPORT_FILE` names. */
export default class FailureReporter implements Reporter {
  async onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Promise<void> {
    const file = process.env['TEST_REPORT_FILE'];
    if (file !== undefined) await writeFile(file, JSON.stringify(reportOf(modules, unhandledErrors)));
  }
}

function reportOf(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): RunReport {
  const all = countsOf(modules);
  const elsewhere = countsOf(modules.filter((module) => failuresOf(module).length === 0));
  const beside = unhandledErrors.map((error) => ({ file: null, title: 'beside the tests', lines: linesOf(error) }));
  return {
    passed: all.passed,
    failed: all.failed + beside.length,
    skipped: all.skipped.length,
    failures: [...modules.flatMap(failuresOf), ...beside],
    elsewhere: { passed: elsewhere.passed, skipped: elsewhere.skipped.length },
  };
}

function failuresOf(module: TestModule): Failure[] {
  const { relativeModuleId: file } = module;
  const broken = suitesOf(module).filter((suite) => suite.errors().length > 0);
  const tests = [...module.children.allTests('failed')];
  return [
    ...broken.map((suite) => {
      const title = suite.type === 'suite' ? suite.fullName : '';
      return { file, title, lines: linesOf(suite.errors()[0]) };
    }),
    ...tests.map((test) => ({ file, title: test.fullName, lines: linesOf(test.result().errors?.[0]) })),
  ];
}

function linesOf(error: SerializedError | undefined): string[] {
  const { message = '', stacks = [], diff }: Partial<SerializedError> = error ?? {};
  const [first = '', ...more] = stripVTControlCharacters(message)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const differences = stripVTControlCharacters(typeof diff === 'string' ? diff : '').split('\n');
  const [place] = stacks;
  const where = place === undefined ? '' : ` (${place.file.replace(/.*\/(?=test\/)/, '')}:${place.line})`;
  return [
    cut(first, WIDTH - where.length) + where,
    // Not the heads of the two sides.
    ...[...more, ...differences.filter((line) => /^[-+] (?!Expected$|Received$)/.test(line))].map((line) => cut(line)),
  ].slice(0, LINES);
}

const cut = (line: string, most = WIDTH) => (line.length > most ? `${line.slice(0, most - 1)}…` : line);
