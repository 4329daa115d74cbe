import { type Finding, findFirstLine } from '../failureLines.ts';

const TASKS = 'Tasks were not found:';
const ERROR = 'Error during evaluation:';
const ERROR_END = 'Please set `--verbosity=DEBUG`';
const SAVING = 'Could not save ';
const MARKERS = [
  TASKS,
  ERROR,
  'Need to specify task to evaluate',
  `${SAVING}results aggregated`,
  `${SAVING}sample results`,
];

/** lmms-eval exits 0 on most failures and only says so. @returns its words; null when it reported none. @throws when the log cannot be read. */
export async function readFailure(log: string): Promise<string | null> {
  const finding = await findFirstLine(log, MARKERS);
  return finding === null ? null : wordsOf(finding);
}

function wordsOf({ marker, lines: [first, ...rest] }: Finding): string {
  if (marker === TASKS)
    return [first, ...rest.slice(0, leading(rest, isIndented)).map((line) => line.trim())].join('\n');
  if (marker === ERROR && !first.includes(ERROR_END)) {
    // An exception's text may have several lines; its end is known by what follows it.
    const last = rest.findIndex((line) => line.includes(ERROR_END));
    return [first, ...rest.slice(0, last + 1)].join('\n');
  }
  // The reason is in a log line of its own.
  const reason = marker.startsWith(SAVING) ? rest[0]?.split(' - ').slice(1).join(' - ') : '';
  return reason ? `${first}: ${reason}` : first;
}

function isIndented(line: string): boolean {
  return /^\s+\S/.test(line);
}

function leading(lines: string[], holds: (line: string) => boolean): number {
  const end = lines.findIndex((line) => !holds(line));
  return end < 0 ? lines.length : end;
}
