import { ROW_MOST, type Row, rowsOf } from './rows.ts';
import type { LogSource } from './source.ts';

const LINE_FEED = 0x0a;
/** Bytes that are looked at first: some hundred lines. */
const STEP = 64 * 1024;

/** Where a row begins. */
export type RowStart = { start: number; isFirst: boolean };

/** The row that has a byte: its beginning is looked for before it, as far as a row may reach. */
export async function rowAt(source: LogSource, byte: number, signal: AbortSignal): Promise<RowStart> {
  const at = Math.max(0, Math.min(byte, source.size));
  for (let from = Math.max(0, at - STEP); ; from = Math.max(0, at - ROW_MOST)) {
    const feed = (await source.read(from, at, signal)).lastIndexOf(LINE_FEED);
    if (feed !== -1) return { start: from + feed + 1, isFirst: true };
    if (from === 0) return { start: 0, isFirst: true };
    if (at - from >= ROW_MOST) return { start: from, isFirst: false };
  }
}

/** The rows from one on: about so many, at least one unless the log ends there. */
export async function rowsFrom(
  source: LogSource,
  { start, isFirst }: RowStart,
  wanted: number,
  signal: AbortSignal,
): Promise<Row[]> {
  let rows: Row[] = [];
  for (let length = STEP; ; length *= 2) {
    const end = Math.min(source.size, start + length);
    const bytes = await source.read(start, end, signal);
    rows = rowsOf(bytes, { start, isFirst, isWhole: end >= source.size });
    if (rows.length >= wanted || end >= source.size || (rows.length > 0 && length >= ROW_MOST)) break;
  }
  return rows.slice(0, wanted);
}

/** The rows before one: about so many, at least one unless the log begins there. */
export async function rowsBefore(source: LogSource, end: number, wanted: number, signal: AbortSignal): Promise<Row[]> {
  if (end <= 0) return [];
  for (let length = STEP; ; length *= 2) {
    const from = Math.max(0, end - length);
    const bytes = await source.read(from, end, signal);
    // The byte before the end closes the last of them, and begins none.
    const feed = bytes.subarray(0, -1).indexOf(LINE_FEED);
    const isFirst = from === 0 || feed !== -1;
    if (!isFirst && length < ROW_MOST) continue;
    const skipped = from === 0 || feed === -1 ? 0 : feed + 1;
    const rows = rowsOf(bytes.subarray(skipped), { start: from + skipped, isFirst, isWhole: true });
    if (rows.length >= wanted || from === 0 || length >= ROW_MOST) return rows.slice(-wanted);
  }
}
