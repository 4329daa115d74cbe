import { errorMessage } from '../../errors.ts';
import { locationOf, openRunFile, type ReadHandle } from '../../files/openRunFile.ts';
import { terminalLines } from './terminalText.ts';

const MOST_BYTES = 256 * 1024;
const MOST_LINES = 50;
const MOST_CHARACTERS = 32 * 1024;

/**
 * The last lines of a log as a terminal would show them. Reads at most 256 KiB, returns at most 50 lines and 32 KiB of
 * text; where something is left out that is not a whole line, the first line says so. A log that cannot be read gives
 * one line with the reason.
 */
export async function readLogTail(path: string): Promise<string[]> {
  try {
    const { bytes, start } = await readEnd(path);
    return tailOf(bytes, start);
  } catch (error) {
    return [`(log file unreadable: ${errorMessage(error)})`];
  }
}

function tailOf(bytes: Buffer, start: number): string[] {
  const lines = terminalLines(bytes.subarray(start === 0 ? 0 : partialCharacter(bytes)).toString('utf8'));
  if (start > 0) lines[0] = `[…] ${lines[0]}`;
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  return shortened(lines.slice(-MOST_LINES));
}

/** Keeps the end: what went wrong comes last. */
function shortened(lines: string[]): string[] {
  const text = lines.join('\n');
  if (text.length <= MOST_CHARACTERS) return lines;
  const kept = text.slice(-MOST_CHARACTERS).replace(/^[\udc00-\udfff]/, '');
  const keptLines = kept.split('\n').slice(1 - MOST_LINES);
  const cut = Buffer.byteLength(text) - Buffer.byteLength(keptLines.join('\n'));
  return [`[… ${cut} bytes left out …]`, ...keptLines];
}

async function readEnd(path: string): Promise<{ bytes: Buffer; start: number }> {
  const file = await openLog(path);
  if (file === null) throw new Error(`ENOENT: there is no ${path}`);
  try {
    const start = Math.max(0, (await file.stat()).size - MOST_BYTES);
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(MOST_BYTES), 0, MOST_BYTES, start);
    return { bytes: buffer.subarray(0, bytesRead), start };
  } finally {
    await file.close();
  }
}

/** Bytes at the head that are the rest of a character cut in two. */
export function partialCharacter(bytes: Buffer): number {
  let count = 0;
  while (count < 3 && ((bytes[count] ?? 0) & 0xc0) === 0x80) count += 1;
  return count;
}

/**
 * Opens the log of a run; null when it was deleted or renamed, which says nothing of the run.
 * @throws as `openRunFile`, of a log that its run has exchanged for something else.
 */
export async function openLog(path: string): Promise<ReadHandle | null> {
  return (await openRunFile(...locationOf(path)))?.handle ?? null;
}
