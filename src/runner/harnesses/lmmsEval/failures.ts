import { findHarnessLines, type HarnessLine, type Wanted } from '../../log/failureLines.ts';
import type { ReportedFailure } from '../../results/judging/outputFormat.ts';

// By `python -m lmms_eval` the program itself is `__main__`, and imports itself again under its whole name. The demo
// writes the same words from modules of its own.
const main: Wanted['sources'] = [
  ['lmms_eval.__main__', 'cli_evaluate'],
  ['__main__', 'cli_evaluate'],
  ['demo.program', ''],
];
const tracker: Wanted['sources'] = [
  ['lmms_eval.loggers.evaluation_tracker', 'save'],
  ['demo.output', 'save'],
];

const TASKS = 'Tasks were not found:';
const NO_TASK = 'Need to specify task to evaluate';
const RESULTS = 'Could not save results aggregated';
const SAMPLES = 'Could not save sample results';
const ERROR = 'Error during evaluation:';
const ERROR_END = 'Please set `--verbosity=DEBUG`';

/** The most telling first: what could not be saved, or was not found, is followed by an error that says less. */
const PRECEDENCE = [TASKS, NO_TASK, RESULTS, SAMPLES, ERROR];

const failureText: readonly Wanted[] = [
  { sources: main, words: TASKS },
  { sources: main, words: NO_TASK },
  { sources: main, words: ERROR },
  { sources: tracker, words: RESULTS },
  { sources: tracker, words: SAMPLES },
];

/** The line with which the harness names a file of samples that it has written; the path follows. */
export const savedSamples: Wanted = { sources: tracker, words: 'Saving samples to ' };

/**
 * What lmms-eval itself reported as failed; null when it reported nothing. Only lines that begin as its own logger begins
 * them count, by the modules that write these words. @throws when the log cannot be read.
 */
export async function readFailure(log: string): Promise<ReportedFailure | null> {
  const lines = await findHarnessLines(log, failureText);
  for (const words of PRECEDENCE) {
    const line = lines.findLast((found) => found.words === words);
    if (line === undefined) continue;
    const { offset } = line;
    return { reason: reasonIn(line), isOfSamples: words === SAMPLES, hasException: words === ERROR, offset };
  }
  return null;
}

function reasonIn({ words, lines: [first, ...rest] }: HarnessLine): string {
  if (words === TASKS)
    return [first, ...rest.slice(0, leading(rest, isIndented)).map((line) => line.trim())].join('\n');
  if (words === ERROR && !first.includes(ERROR_END)) {
    // An exception's text may have several lines; its end is known by what follows it.
    const last = rest.findIndex((line) => line.includes(ERROR_END));
    return [first, ...rest.slice(0, last + 1)].join('\n');
  }
  // The reason is in a log line of its own.
  const reason = words === RESULTS || words === SAMPLES ? rest[0]?.split(' - ').slice(1).join(' - ') : '';
  return reason ? `${first}: ${reason}` : first;
}

function isIndented(line: string): boolean {
  return /^\s+\S/.test(line);
}

function leading(lines: string[], holds: (line: string) => boolean): number {
  const end = lines.findIndex((line) => !holds(line));
  return end < 0 ? lines.length : end;
}
