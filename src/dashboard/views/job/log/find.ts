import { type Hit, hasText, isError, type Scanned, scan } from './scan.ts';
import type { LogSource } from './source.ts';

/** Lines that are remembered; those beyond are counted. */
const MOST_HITS = 10_000;

/** What is looked for in a log, and what was found so far. */
export type Find = {
  what: { kind: 'text'; text: string } | { kind: 'error' };
  hits: readonly Hit[];
  /** Lines that have it, also those that are not remembered. */
  count: number;
  /** Which of the hits is shown; null: none yet. */
  current: number | null;
  /** Bytes that were read. */
  scanned: number;
  isDone: boolean;
};

export const beginFind = (what: Find['what']): Find => ({
  what,
  hits: [],
  count: 0,
  current: null,
  scanned: 0,
  isDone: false,
});

/** Looks for lines, from the beginning on: of errors for the first one only. @throws ClientError */
export async function* findLines(
  source: LogSource,
  what: Find['what'],
  signal: AbortSignal,
  onScanned: (scanned: Scanned) => void,
): AsyncGenerator<Find, void> {
  const test = what.kind === 'text' ? hasText(what.text) : isError;
  let find = beginFind(what);
  for await (const scanned of scan(source, { offset: 0, lines: 0 }, signal, test)) {
    onScanned(scanned);
    const found = what.kind === 'error' ? scanned.hits.slice(0, 1) : scanned.hits;
    find = {
      ...find,
      hits: [...find.hits, ...found.slice(0, MOST_HITS - find.hits.length)],
      count: find.count + found.length,
      scanned: scanned.offset,
    };
    if (what.kind === 'error' && find.count > 0) break;
    yield find;
  }
  yield { ...find, isDone: true };
}
