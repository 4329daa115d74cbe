import { openLog, partialCharacter } from './logTail.ts';
import { terminalLines } from './terminalText.ts';
import { inOneLine, type ShownException, shownExceptions } from './tracebacks.ts';

/** Bytes of a log that are searched for what went wrong: the end, or what stands before a known place. */
const MOST_BYTES = 1024 * 1024;
/** Lines between an exception and the end of a log within which it counts as what ended a program that chose its code. */
const NEAR = 20;
/** Exceptions that a report is held against, and characters of the report: each is looked for in it. */
const MOST_COMPARED = 100;
const MOST_WORDS = 4_000;

/** How a program ended, as far as it matters to what its log means. */
export type LogEnd =
  /** It reported a failure, as text at some offset of the log. */
  | { kind: 'reported'; words: string; offset: number }
  | { kind: 'code'; code: number }
  | { kind: 'signal'; signal: string }
  /** It was ended for what it did not do. */
  | { kind: 'ended' };

/** A rank that a launcher (torchrun, accelerate) names as the first that failed. */
export type DeadRank = { rank: number; signal: string | null };

/** What a log says of why its program failed. */
export type LogCause = {
  /** In one line; null when the log does not say. */
  text: string | null;
  /** The rank that a launcher names. */
  dead: DeadRank | null;
};

/** Finds in a log why its program failed. Reads at most 1 MiB. A log that cannot be read says nothing. */
export async function readLogCause(path: string, end: LogEnd): Promise<LogCause> {
  try {
    return logCause(await linesBefore(path, end.kind === 'reported' ? end.offset : null), end);
  } catch {
    return { text: null, dead: null };
  }
}

/** @param lines the last lines of a log, as a terminal shows them. */
export function logCause(lines: readonly string[], end: LogEnd): LogCause {
  const dead = deadRank(lines);
  const exceptions = shownExceptions(lines).filter((shown) => !isOfLauncher(shown));
  if (dead !== null) {
    const own = exceptions.findLast(({ rank }) => rank === dead.rank) ?? lastOwn(exceptions);
    const what = dead.signal === null ? own?.inner : `was ended by ${dead.signal}`;
    const separator = dead.signal === null ? ': ' : ' ';
    return { text: what === undefined ? `rank ${dead.rank} failed` : `rank ${dead.rank}${separator}${what}`, dead };
  }
  return { text: textFor(lines, exceptions, end), dead };
}

function textFor(lines: readonly string[], exceptions: readonly ShownException[], end: LogEnd): string | null {
  const last = lastOwn(exceptions);
  switch (end.kind) {
    case 'reported':
      return named(reportedIn(exceptions, end.words) ?? last);
    case 'code':
      // Python ends with 1 for what nothing caught. With another code it chose to: what it survived before is no cause.
      if (end.code === 1 || (last !== undefined && lines.length - last.line <= NEAR))
        return named(last) ?? fatal(lines);
      return fatal(lines);
    case 'signal':
      return fatal(lines);
    case 'ended':
      return last === undefined ? null : `the last exception in its log is ${named(last)}`;
  }
}

const named = (shown: ShownException | undefined): string | null =>
  shown === undefined ? null : shown.rank === null ? shown.inner : `rank ${shown.rank}: ${shown.inner}`;

/** The exception that a report repeats, unless that one is only an echo. */
function reportedIn(exceptions: readonly ShownException[], words: string): ShownException | undefined {
  const said = words.slice(0, MOST_WORDS);
  const found = exceptions.slice(-MOST_COMPARED).findLast(({ outer }) => said.includes(messageOf(outer)));
  return found !== undefined && FALLOUT.test(found.outer) ? undefined : found;
}

/** What others throw because a rank, or the process of an engine, is gone. */
const FALLOUT =
  /See root cause above|EngineDeadError|EngineCore encountered an issue|DistBackendError|DistNetworkError|SignalException|gloo\/transport|remote worker|ProcessGroupNCCL|NCCL error/;

/** The last exception that is not only the echo of the end of another process. */
function lastOwn(exceptions: readonly ShownException[]): ShownException | undefined {
  return exceptions.findLast(({ outer }) => !FALLOUT.test(outer)) ?? exceptions.at(-1);
}

/** What a launcher throws for its children says only that one failed. */
const isOfLauncher = ({ outer }: ShownException): boolean =>
  /\bChildFailedError\b|^subprocess\.CalledProcessError: Command '\[/.test(outer);

/** An exception's own text: a failure is reported without its class. */
function messageOf(exception: string): string {
  const colon = exception.indexOf(': ');
  return colon < 0 ? exception : exception.slice(colon + 2).replace(/…$/, '');
}

/** Lines by which the parts below Python, and an option parser, say why they end a program. */
const FATAL = [
  /^Fatal Python error: .+/,
  /^ {0,8}what\(\): {1,4}.+/,
  /^slurmstepd: error: .+/,
  /^[\w. /-]{1,100}: error: .+/,
  /^(?:Segmentation fault|Bus error)\b.*/,
];

/** The last of them among the last lines. */
function fatal(lines: readonly string[]): string | null {
  const line = lines.slice(-NEAR).findLast((text) => FATAL.some((form) => form.test(text)));
  return line === undefined ? null : inOneLine(line.trim().replace(/^what\(\): +/, ''));
}

const ROOT = 'Root Cause (first observed failure):';

/** The table of torchrun's `ChildFailedError`: the first failure it observed. */
function deadRank(lines: readonly string[]): DeadRank | null {
  const at = lines.lastIndexOf(ROOT);
  if (at < 0) return null;
  const rows = lines.slice(at + 1, at + 12);
  const rank = rows.map((row) => /^ *rank *: (\d{1,6})\b/.exec(row)?.[1]).find((text) => text !== undefined);
  if (rank === undefined) return null;
  const exit = rows.find((row) => /^ *exitcode *: /.test(row)) ?? '';
  const signal = /\((SIG[A-Z0-9]{1,12})\)/.exec(exit)?.[1] ?? /: (-\d{1,3})\b/.exec(exit)?.[1] ?? null;
  return { rank: Number(rank), signal };
}

async function linesBefore(path: string, offset: number | null): Promise<string[]> {
  const file = await openLog(path);
  if (file === null) return [];
  try {
    const end = offset ?? (await file.stat()).size;
    const start = Math.max(0, end - MOST_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(end - start), 0, end - start, start);
    const bytes = buffer.subarray(0, bytesRead);
    const lines = terminalLines(bytes.subarray(start === 0 ? 0 : partialCharacter(bytes)).toString('utf8'));
    while (lines.length > 0 && lines.at(-1) === '') lines.pop();
    return lines;
  } finally {
    await file.close();
  }
}
