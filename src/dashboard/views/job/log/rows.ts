const LINE_FEED = 0x0a;
const RETURN = 0x0d;

/** Bytes of a row at most: a line that is longer goes on in further rows. */
export const ROW_MOST = 1024 * 1024;
/** Bytes of a row that are shown. */
const SHOWN = 4 * 1024;

/** A line of a log as it is shown; of one that is very long a part. */
export type Row = {
  /** The bytes that it is made of: from this one up to and without `end`, its line feed included. */
  start: number;
  end: number;
  /** Whether a line begins with it, and whether one ends with it. */
  isFirst: boolean;
  isLast: boolean;
  /** With its colours; of a bar that was drawn over itself the last frame. */
  text: string;
  /** Bytes of it that are not shown. */
  hidden: number;
};

/** Which part of a log some bytes are. */
type Part = {
  start: number;
  /** Whether a line begins with them. */
  isFirst: boolean;
  /** Whether what comes after the last line feed is a row as well: nothing, or another row, comes after these bytes. */
  isWhole: boolean;
};

/** Takes bytes apart into rows. */
export function rowsOf(bytes: Uint8Array, { start, isFirst, isWhole }: Part): Row[] {
  const rows: Row[] = [];
  let begins = isFirst;
  for (let at = 0; at < bytes.length; ) {
    const feed = bytes.indexOf(LINE_FEED, at);
    const end = feed === -1 ? bytes.length : feed + 1;
    const until = Math.min(end, at + ROW_MOST);
    const isLast = feed !== -1 && until === end;
    if (feed === -1 && until === end && !isWhole && end - at < ROW_MOST) break;
    rows.push({
      start: start + at,
      end: start + until,
      isFirst: begins,
      isLast,
      ...textOf(bytes.subarray(at, isLast ? until - 1 : until)),
    });
    begins = isLast;
    at = until;
  }
  return rows;
}

function textOf(bytes: Uint8Array): Pick<Row, 'text' | 'hidden'> {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === RETURN) end--;
  const frame = bytes.subarray(bytes.subarray(0, end).lastIndexOf(RETURN) + 1, end);
  const hidden = Math.max(0, frame.length - SHOWN);
  // A character that is cut in two is left out, not shown as one that is damaged.
  return { text: new TextDecoder().decode(frame.subarray(0, SHOWN), { stream: hidden > 0 }), hidden };
}

/** How many lines end in some bytes. */
export function linesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_FEED); at !== -1; at = bytes.indexOf(LINE_FEED, at + 1)) count++;
  return count;
}
