/** An exception that a log shows with its traceback. */
export type ShownException = {
  /** The innermost exception of the chain, in one line: `ValueError: doc 5 has no answer`. */
  inner: string;
  /** The one that was raised last, of which the inner one is the cause; the same where there is no chain. */
  outer: string;
  /** The rank whose lines are labelled; null when they are not. */
  rank: number | null;
  /** Where its last line stands, from 0. */
  line: number;
};

const HEADER = 'Traceback (most recent call last):';
const LINKS = [
  'The above exception was the direct cause of the following exception:',
  'During handling of the above exception, another exception occurred:',
];
/**
 * Whose a line is: torch labels what a rank throws, a launcher all that it writes, vLLM and Ray what a process of theirs
 * writes (`(EngineCore_DP0 pid=12) ERROR 11-29 10:00:00 [core.py:708] `).
 */
const LABEL =
  /^(?:\[(?:rank|default)(\d{1,6})\]: ?|\([\w.-]{1,80} pid=\d{1,10}[^()]{0,40}\) ?(?:[A-Z]{1,10} [\d-]{5,10} [\d:.]{8,15} \[[^[\]]{1,80}\] ?)?)/;
/** A header stands behind the frame of a bar that was not closed. */
const LABEL_OF_HEADER = /\[(?:rank|default)(\d{1,6})\]: ?(?:Exception Group )?Traceback \(most recent call last\):$/;
/** The bars that Python draws beside the exceptions of a group. */
const BARS = /^(?: {0,40}[|+] ?)+/;
/** A class with its modules, as Python names it; Ray puts the class of the cause behind. */
const EXCEPTION = /^[A-Za-z_][\w.]{0,200}(?:\([\w.]{1,100}\))?(?::|$)/;
const LONGEST = 500;
/** Lines that others may write amid a traceback before it is given up. */
const MOST_FOREIGN = 200;

/** A chain that is being read, of one writer. */
type Reading = {
  /** Lines of others since the traceback began. */
  foreign: number;
  isInTraceback: boolean;
  isLinked: boolean;
  shown: ShownException | null;
};

/**
 * The exceptions that a log shows, in the order in which they begin. Chains ("The above exception was the direct cause…")
 * are one exception: its innermost is what went wrong, the others only passed it on. Time is linear in the lines.
 */
export function shownExceptions(lines: readonly string[]): ShownException[] {
  const found: ShownException[] = [];
  const readings = new Map<string, Reading>();
  for (const [at, whole] of lines.entries()) {
    const isHeader = whole.endsWith(HEADER);
    if (!isHeader && readings.size === 0) continue;
    const [label = '', number] = LABEL.exec(whole) ?? [];
    const rank = number ?? (isHeader ? LABEL_OF_HEADER.exec(whole)?.[1] : undefined);
    // A process writes the time of a line into its label: it is known by what stands before that.
    const writer = rank ?? label.slice(0, label.indexOf(')') + 1);
    const reading = readings.get(writer);
    if (isHeader) {
      readings.set(writer, begun(reading));
    } else if (reading !== undefined) {
      const line = whole.slice(label.length).replace(BARS, '');
      const exception = read(reading, line, lines[at + 1] ?? '');
      if (exception === null) continue;
      if (reading.shown === null) {
        reading.shown = {
          inner: exception,
          outer: exception,
          rank: rank === undefined ? null : Number(rank),
          line: at,
        };
        found.push(reading.shown);
      } else Object.assign(reading.shown, { outer: exception, line: at });
    }
  }
  return found;
}

/** What is read from a header on: the next of a chain, or a new one. */
function begun(before: Reading | undefined): Reading {
  if (before?.isLinked) return { ...before, foreign: 0, isInTraceback: true, isLinked: false };
  return { foreign: 0, isInTraceback: true, isLinked: false, shown: null };
}

/** The exception that a line names, when a traceback ends with it. */
function read(reading: Reading, line: string, next: string): string | null {
  if (!reading.isInTraceback) {
    if (LINKS.includes(line.trim())) reading.isLinked = true;
    return null;
  }
  if (line === '' || line.startsWith(' ')) return null;
  if (!isException(line)) {
    reading.foreign += 1;
    if (reading.foreign > MOST_FOREIGN) reading.isInTraceback = false;
    return null;
  }
  reading.isInTraceback = false;
  return inOneLine(line.trimEnd().endsWith(':') ? `${line.trimEnd()} ${next.trim()}` : line);
}

/** A name in modules, or one that begins as classes do: other lines of one word are output of others. */
function isException(line: string): boolean {
  const [name = ''] = EXCEPTION.exec(line) ?? [];
  return /^[A-Z_]/.test(name) || name.includes('.');
}

const RETRY = /RetryError\[<Future at 0x[0-9a-f]{1,20} state=finished raised ([\w.]{1,100})>\]/;

/** An exception as one line of bounded length. A retry that was given up names what its last attempt raised. */
export function inOneLine(text: string): string {
  const [line = ''] = text
    .trim()
    .slice(0, LONGEST + 1)
    .split('\n');
  const shown = line.length > LONGEST ? `${line.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, '')}…` : line.trimEnd();
  return shown.replace(RETRY, 'the last attempt raised $1').replace(/:$/, '');
}
