import { ClientError } from '../../../../client/index.ts';
import { beginFind, type Find, findLines } from './find.ts';
import { createLineIndex } from './lineIndex.ts';
import { type RowStart, rowAt, rowsBefore, rowsFrom } from './readRows.ts';
import type { Row } from './rows.ts';
import type { LogSource } from './source.ts';

/** Rows that are held, and so many are read at a time. */
const MOST_ROWS = 2_000;
const BLOCK = 500;
/** Bytes up to which lines are numbered without being asked: a longer log would be read whole for that. */
const NUMBERED = 64 * 1024 * 1024;
/** Bytes of growth that are added to what is shown; of more only the end is. */
const APPENDED = 1024 * 1024;

/** What is shown of a log. */
export type LogState = {
  /** Bytes of the log; null: not known yet. */
  size: number | null;
  rows: readonly Row[];
  /** The number of the line that the first row is of; null: not known. */
  firstNumber: number | null;
  /** Whether the end stays visible as the log grows. */
  isFollowing: boolean;
  /** Which row is to be made visible; another object each time. */
  reveal: RowStart | null;
  /** The row that is marked, by its byte. */
  selected: number | null;
  /** Bytes that were read to number lines, while that is under way. */
  counted: number | null;
  find: Find | null;
  /** What cannot be shown, and why. */
  note: string | null;
  error: ClientError | null;
};

const empty: LogState = {
  size: null,
  rows: [],
  firstNumber: null,
  isFollowing: false,
  reveal: null,
  selected: null,
  counted: null,
  find: null,
  note: null,
  error: null,
};

/** What the address asks for. */
export type LogGoal = { line: number | null; byte: number | null; error: boolean; text: string; follow: boolean };

/**
 * A log of any length in a page. It holds a window of at most 2,000 rows, which moves: by scrolling a block at a time, by a
 * jump at once. Rows are made of byte ranges that are read where they are needed, so that nothing is read of a gigabyte but what
 * is seen. The number of a line needs what stands before it to be read once: a short log is numbered at once, of a long one
 * lines have their byte until the reader asks for numbers. Only a search, and such a count, read all of it: piece by piece,
 * with what they have come to, until they are ended.
 * @param changed is called with each state.
 */
export function createLogView(source: LogSource, changed: (state: LogState) => void) {
  let state = empty;
  let index = createLineIndex(source);
  let moving = new AbortController();
  let counting = new AbortController();
  let finding = new AbortController();
  let isExtending = false;
  let isGrowing = false;

  const set = (change: Partial<LogState>): void => {
    state = { ...state, ...change };
    changed(state);
  };
  const attempt = async (signal: AbortSignal, act: () => Promise<void>): Promise<void> => {
    try {
      await act();
      if (state.error !== null && !signal.aborted) set({ error: null });
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ClientError)) throw error;
      set({ error });
    }
  };

  const number = async (isAsked = false): Promise<void> => {
    const start = state.rows[0]?.start;
    if (start === undefined || state.firstNumber !== null || (state.counted !== null && !isAsked)) return;
    if (!isAsked && source.size > NUMBERED && index.covered < start) return;
    counting.abort();
    counting = new AbortController();
    const { signal } = counting;
    await attempt(signal, async () => {
      const firstNumber = await index.numberOf(start, signal, (counted) => signal.aborted || set({ counted }));
      if (signal.aborted) return;
      set(state.rows[0]?.start === start ? { counted: null, firstNumber } : { counted: null });
    });
    if (signal.aborted) return;
    // It may have failed.
    if (state.counted !== null) set({ counted: null });
    // It has moved meanwhile: what was read now serves for where it is.
    if (state.error === null && state.firstNumber === null && state.rows.length > 0) await number();
  };

  const show = (rows: readonly Row[], change: Partial<LogState> = {}): void => {
    const isAtStart = rows[0]?.start === 0;
    const isSame = rows[0]?.start === state.rows[0]?.start;
    set({ rows, firstNumber: isAtStart ? 1 : isSame ? state.firstNumber : null, ...change });
    void number();
  };

  /** Begins another move: the one before is over. */
  const move = (act: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    moving.abort();
    moving = new AbortController();
    const { signal } = moving;
    return attempt(signal, () => act(signal));
  };

  const around = async (
    byte: number,
    signal: AbortSignal,
    { isMarked = false, ...change }: Partial<LogState> & { isMarked?: boolean },
  ): Promise<void> => {
    const row = await rowAt(source, byte, signal);
    const before = await rowsBefore(source, row.start, BLOCK, signal);
    const after = await rowsFrom(source, row, BLOCK, signal);
    if (signal.aborted) return;
    const marked = isMarked ? { selected: row.start } : {};
    show([...before, ...after], { isFollowing: false, reveal: row, ...marked, ...change });
  };

  const tail = async (signal: AbortSignal, change: Partial<LogState> = {}): Promise<void> => {
    const rows = await rowsBefore(source, source.size, BLOCK, signal);
    if (!signal.aborted) show(rows, { isFollowing: true, selected: null, ...change });
  };

  const extend = async (act: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    if (isExtending || state.rows.length === 0) return;
    isExtending = true;
    await attempt(moving.signal, () => act(moving.signal));
    isExtending = false;
  };

  const append = async (signal: AbortSignal, wanted: number): Promise<void> => {
    const last = state.rows.at(-1);
    if (last === undefined) return;
    // A line that was under way is read again, with what has come.
    const from = last.isLast ? { start: last.end, isFirst: true } : { start: last.start, isFirst: last.isFirst };
    const more = await rowsFrom(source, from, wanted, signal);
    if (signal.aborted || state.rows.at(-1) !== last) return;
    const rows = [...(last.isLast ? state.rows : state.rows.slice(0, -1)), ...more];
    const dropped = rows.slice(0, Math.max(0, rows.length - MOST_ROWS));
    const firstNumber = state.firstNumber === null ? null : state.firstNumber + linesOf(dropped);
    set({ rows: rows.slice(dropped.length), firstNumber });
    void number();
  };

  const showHit = (find: Find, current: number): Promise<void> => {
    const hit = find.hits[current];
    set({ find: { ...find, current } });
    if (hit === undefined) return Promise.resolve();
    return move((signal) => around(hit.start, signal, { isMarked: true, note: null }));
  };

  const search = async (what: Find['what']): Promise<void> => {
    finding.abort();
    finding = new AbortController();
    const { signal } = finding;
    set({ find: beginFind(what), note: null });
    await attempt(signal, async () => {
      for await (const found of findLines(source, what, signal, index.note)) {
        if (signal.aborted) return;
        const current = state.find?.current ?? null;
        set({ find: { ...found, current } });
        if (current === null && found.hits.length > 0) void showHit({ ...found, current }, 0);
      }
    });
    if (signal.aborted || what.kind !== 'error' || state.find?.count !== 0) return;
    set({ find: null, note: 'No line of the log reads like an error.' });
  };

  const toLine = (line: number): Promise<void> =>
    move(async (signal) => {
      const report = (counted: number) => signal.aborted || set({ counted });
      // It may be given up before it has come there.
      const start = await index.startOf(line, signal, report).finally(() => set({ counted: null }));
      if (signal.aborted) return;
      if (start !== null) return around(start, signal, { isMarked: true, note: null });
      await tail(signal, { isFollowing: false, note: `The log has no line ${line.toLocaleString('en-US')}.` });
    });
  const toByte = (byte: number, isMarked = false): Promise<void> =>
    move((signal) => around(byte, signal, { isMarked, note: null }));
  const toEnd = (): Promise<void> => move((signal) => tail(signal, { note: null }));

  return {
    /** Shows what is asked for: a line, a byte, the first error, a text; else the end of a log that grows, or its beginning. */
    open: async ({ line, byte, error, text, follow }: LogGoal): Promise<void> => {
      await move(async (signal) => set({ size: await source.measure(signal) }));
      if (state.size === null) return;
      if (line !== null) await toLine(line);
      else if (byte !== null) await toByte(byte, true);
      else if (follow) await toEnd();
      else await move((signal) => around(0, signal, { reveal: null }));
      if (text !== '') await search({ kind: 'text', text });
      else if (error) await search({ kind: 'error' });
    },
    /** Looks whether the log has grown, and shows that where its end is visible. */
    grow: async (): Promise<void> => {
      if (isGrowing) return;
      isGrowing = true;
      await attempt(moving.signal, async () => {
        const before = state.size;
        const size = await source.measure();
        if (size !== before) set({ size });
        if (before !== null && size < before) {
          index = createLineIndex(source);
          set({ rows: [], firstNumber: null, selected: null, note: 'The log was begun anew.' });
          await toEnd();
        } else if (state.isFollowing || state.rows.length === 0) {
          const end = state.rows.at(-1)?.end ?? 0;
          if (state.rows.length === 0 || size - end > APPENDED) await move((signal) => tail(signal));
          else if (size > end) await append(moving.signal, Number.POSITIVE_INFINITY);
        }
      });
      isGrowing = false;
    },
    toLine,
    toByte,
    toEnd,
    /** Whether the end stays visible: it does not when the reader scrolls away from it. */
    follow: (isFollowing: boolean): void => {
      if (isFollowing !== state.isFollowing) set({ isFollowing });
    },
    select: (selected: number | null): void => set({ selected }),
    /** Reads the rows before the first, or behind the last, and lets go of as many at the other end. */
    extendUp: () =>
      extend(async (signal) => {
        const [first] = state.rows;
        if (first === undefined || first.start === 0) return;
        const more = await rowsBefore(source, first.start, BLOCK, signal);
        if (signal.aborted || state.rows[0] !== first) return;
        const firstNumber = state.firstNumber === null ? null : state.firstNumber - linesOf(more);
        set({ rows: [...more, ...state.rows].slice(0, MOST_ROWS), firstNumber, isFollowing: false });
      }),
    extendDown: () =>
      extend(async (signal) => {
        if ((state.rows.at(-1)?.end ?? 0) < source.size) await append(signal, BLOCK);
      }),
    search,
    /** Shows the next hit, or the one before; after the last comes the first. */
    step: (by: 1 | -1): void => {
      const { find } = state;
      if (find === null || find.hits.length === 0) return;
      const { length } = find.hits;
      const next = find.current === null ? 0 : (find.current + by + length) % length;
      void showHit(find, next);
    },
    /** Ends a search, or what it is looking for. */
    endSearch: (): void => {
      finding.abort();
      if (state.find !== null) set({ find: state.find.isDone ? null : { ...state.find, isDone: true } });
    },
    /** Reads what stands before the rows, to number them. */
    number: () => number(true),
    /** Lets go of all that is under way. */
    close: (): void => {
      for (const each of [moving, counting, finding]) each.abort();
    },
  };
}

export type LogView = ReturnType<typeof createLogView>;

const linesOf = (rows: readonly Row[]): number => rows.filter(({ isLast }) => isLast).length;
