import { linesIn } from './rows.ts';
import { type Scanned, scan } from './scan.ts';
import type { LogSource } from './source.ts';

const LINE_FEED = 0x0a;

/** Lines that end before a byte. */
type Mark = Pick<Scanned, 'offset' | 'lines'>;

/**
 * Which number a line has: known as far as the log was read once, by a mark every few MiB. Nothing is read before it is asked for.
 */
export function createLineIndex(source: LogSource) {
  const marks: Mark[] = [{ offset: 0, lines: 0 }];
  const last = (): Mark => marks.at(-1) ?? { offset: 0, lines: 0 };
  /** What was scanned by others serves as well. */
  const note = ({ offset, lines }: Mark): void => {
    if (offset > last().offset) marks.push({ offset, lines });
  };
  const before = (isBefore: (mark: Mark) => boolean): Mark => marks.findLast(isBefore) ?? { offset: 0, lines: 0 };
  const read = async (until: (mark: Mark) => boolean, signal: AbortSignal, onProgress: (offset: number) => void) => {
    if (until(last())) return;
    for await (const scanned of scan(source, last(), signal)) {
      note(scanned);
      onProgress(scanned.offset);
      if (until(scanned)) return;
    }
  };

  return {
    note,
    /** Bytes that were read. */
    get covered(): number {
      return last().offset;
    },
    /** The number of the line that has a byte. Reads the log as far as it must. @throws ClientError */
    numberOf: async (byte: number, signal: AbortSignal, onProgress: (offset: number) => void): Promise<number> => {
      await read(({ offset }) => offset >= byte, signal, onProgress);
      const mark = before(({ offset }) => offset <= byte);
      return mark.lines + linesIn(await source.stream(mark.offset, byte, signal)) + 1;
    },
    /** Where a line begins; null: there are fewer. Reads the log as far as it must. @throws ClientError */
    startOf: async (
      line: number,
      signal: AbortSignal,
      onProgress: (offset: number) => void,
    ): Promise<number | null> => {
      await read(({ lines }) => lines >= line - 1, signal, onProgress);
      let { offset, lines } = before((mark) => mark.lines <= line - 1);
      while (lines < line - 1) {
        const bytes = await source.read(offset, offset + 256 * 1024, signal);
        if (bytes.length === 0) return null;
        for (let at = 0; at < bytes.length && lines < line - 1; ) {
          const feed = bytes.indexOf(LINE_FEED, at);
          at = feed === -1 ? bytes.length : feed + 1;
          if (feed !== -1) lines++;
          if (lines === line - 1) return offset + at < source.size ? offset + at : null;
        }
        offset += bytes.length;
      }
      return offset < source.size ? offset : null;
    },
  };
}

export type LineIndex = ReturnType<typeof createLineIndex>;
