import { TextCleaner } from './cleanText.ts';

/**
 * Bytes as a reader takes them: what a terminal does not show is left out, and escapes stand for what they mean. Of each
 * byte it is known which bytes of the original it was read from.
 */
export type Reading = {
  bytes: Uint8Array;
  /** How many there are; the arrays may be longer. */
  length: number;
  /** By byte: where in the original it begins, and where it ends. */
  starts: Uint32Array;
  ends: Uint32Array;
};

const BACKSPACE = 0x08;
const CARRIAGE_RETURN = 0x0d;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const BACKSLASH = 0x5c;
const PERCENT = 0x25;
const AMPERSAND = 0x26;
const BRACKET = 0x5b;
const LONGEST_ENTITY = 10;
/** Letters that stand for control characters after a backslash. */
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12, v: 11, e: 27, a: 7, '0': 0 };
const NAMED: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }),
  ...Object.entries({ AMP: '&', LT: '<', GT: '>', QUOT: '"', sol: '/', plus: '+', equals: '=' }),
]);
/** Begins of characters that are not seen, in UTF-8: zero width and directions, line separators, marks. */
const UNSEEN: ReadonlySet<number> = new Set([
  ...Array.from({ length: 16 }, (_, index) => 0x200b + index).filter((code) => code < 0x2010),
  ...[0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064],
  ...[0x2066, 0x2067, 0x2068, 0x2069, 0xfeff],
]);

/** By byte: 1 when it is not seen, or begins what is not. */
const MAY_BE_UNSEEN = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte <= 0x20 || byte === 0x7f || byte === 0xc2 || byte === 0xe2 || byte === 0xef),
);

/**
 * What is seen of bytes: without control sequences, control characters, blanks and characters of no width, so that what is
 * wrapped, coloured or drawn over is in one piece.
 */
export function visibleReading(original: Uint8Array): Reading {
  const reading = emptyReading(original.length);
  const { bytes, starts, ends } = reading;
  let length = 0;
  // The inner loop of all that is served and swept: nothing is called for a byte that is seen.
  for (let at = 0; at < original.length; ) {
    const byte = original[at] ?? 0;
    if (byte <= SPACE && byte !== ESCAPE) {
      at += 1;
      continue;
    }
    const unseen = MAY_BE_UNSEEN[byte] === 0 ? 0 : unseenLength(original, at);
    if (unseen > 0) {
      at += unseen;
      continue;
    }
    bytes[length] = byte;
    starts[length] = at;
    ends[length] = ++at;
    length += 1;
  }
  reading.length = length;
  return reading;
}

/** Bytes that are cleaned at a time: what is traced takes nine times as many. */
const CLEANED = 64 * 1024;

/**
 * What a log view shows of bytes: of what was drawn over the last drawing, without titles. What stands between two of its
 * bytes may be a line that was overwritten.
 */
export function shownReading(original: Uint8Array): Reading {
  const cleaner = new TextCleaner(true);
  const reading = emptyReading(original.length);
  for (let at = 0; at < original.length; at += CLEANED) {
    const part = original.subarray(at, at + CLEANED);
    const { bytes, sources } = cleaner.trace(part, at + part.length === original.length);
    const seen = visibleReading(bytes);
    for (let index = 0; index < seen.length; index++) {
      const source = sources[seen.starts[index] ?? 0] ?? 0;
      push(reading, seen.bytes[index] ?? 0, source, source + 1);
    }
  }
  return reading;
}

/** Whether a log view may put something together that is not in one piece in what is seen of bytes. */
export const mayShowMore = (bytes: Uint8Array): boolean => bytes.includes(CARRIAGE_RETURN) || bytes.includes(ESCAPE);

export const mayBeTyped = (bytes: Uint8Array): boolean => bytes.includes(BACKSPACE);

/** What is seen when a backspace takes back what stands before it. */
export function typedReading(original: Uint8Array): Reading {
  const reading = emptyReading(original.length);
  for (let at = 0; at < original.length; ) {
    const byte = original[at] ?? 0;
    const unseen = MAY_BE_UNSEEN[byte] === 0 ? 0 : unseenLength(original, at);
    if (byte === BACKSPACE) takeBack(reading);
    if (unseen === 0) push(reading, byte, at, at + 1);
    at += Math.max(1, unseen);
  }
  return reading;
}

/** The last character: the bytes that continue it in UTF-8 go with its first. */
function takeBack(reading: Reading): void {
  while (reading.length > 0) {
    reading.length -= 1;
    if (((reading.bytes[reading.length] ?? 0) & 0xc0) !== 0x80) return;
  }
}

/** At the end of a text what may be the start of an escape, or of a character that is not seen. */
const CUT =
  /(?:%[\da-f]?|\\(?:x[\da-f]?|u(?:[\da-f]{0,3}|d[89ab][\da-f]{2}(?:\\(?:u[\da-f]{0,3})?)?)|U[\da-f]{0,7})?|&[#\w]{0,9}|\xc2|[\xe2\xef][\x80-\xbf]?)$/i;
const LONGEST_CUT = 12;

/** How many bytes of a reading are sure to mean what they seem to, whatever follows. */
export function certainLength({ bytes, length }: Reading): number {
  const last = String.fromCharCode(...bytes.subarray(Math.max(0, length - LONGEST_CUT), length));
  return length - (CUT.exec(last)?.[0].length ?? 0);
}

/** What is read of a reading. */
export function composed({ starts, ends }: Reading, inner: Reading): Reading {
  for (let at = 0; at < inner.length; at++) {
    inner.ends[at] = ends[(inner.ends[at] ?? 1) - 1] ?? 0;
    inner.starts[at] = starts[inner.starts[at] ?? 0] ?? 0;
  }
  return inner;
}

/**
 * A reading with its escapes taken once for what they mean (percent, backslash, HTML); null when it has none. What is not
 * seen of that is left in.
 */
export function unescapedReading(from: Reading): Reading | null {
  const firstAt = nextEscape(from, 0);
  if (firstAt === null) return null;
  const reading = emptyReading(from.length);
  copy(from, 0, firstAt.at, reading);
  for (let next: NextEscape | null = firstAt; next !== null; ) {
    const { at, length, means } = next;
    const [start = 0, end = 0] = [from.starts[at], from.ends[at + length - 1]];
    // What an escape stands for is never longer than the escape.
    for (const byte of means) push(reading, byte, start, end);
    next = nextEscape(from, at + length);
    copy(from, at + length, next?.at ?? from.length, reading);
  }
  return reading;
}

type NextEscape = { at: number } & Escape;

/** The first escape of a reading from an index on. */
function nextEscape({ bytes, length }: Reading, from: number): NextEscape | null {
  for (let at = from; at < length; at++) {
    const byte = bytes[at];
    if (byte !== PERCENT && byte !== BACKSLASH && byte !== AMPERSAND) continue;
    const found = escapeAt(bytes, at, length);
    if (found !== null) return { at, ...found };
  }
  return null;
}

/** Appends a part of a reading to another. */
function copy(from: Reading, start: number, end: number, to: Reading): void {
  to.bytes.set(from.bytes.subarray(start, end), to.length);
  to.starts.set(from.starts.subarray(start, end), to.length);
  to.ends.set(from.ends.subarray(start, end), to.length);
  to.length += end - start;
}

function emptyReading(most: number): Reading {
  return { bytes: new Uint8Array(most), length: 0, starts: new Uint32Array(most), ends: new Uint32Array(most) };
}

function push(reading: Reading, byte: number, start: number, end: number): void {
  const at = reading.length++;
  reading.bytes[at] = byte;
  reading.starts[at] = start;
  reading.ends[at] = end;
}

const isUnseenByte = (byte: number): boolean => byte <= 0x20 || byte === 0x7f;

/** Bytes from an offset on that are not seen; 0: what stands there is. */
function unseenLength(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  if (byte === ESCAPE) return sequenceLength(bytes, at);
  if (isUnseenByte(byte)) return 1;
  const next = bytes[at + 1] ?? 0;
  // C1 controls and the soft hyphen, then what UTF-8 writes in three bytes.
  if (byte === 0xc2) return (next >= 0x80 && next <= 0xa0) || next === 0xad ? 2 : 0;
  if (byte !== 0xe2 && byte !== 0xef) return 0;
  const code = ((byte & 0x0f) << 12) | ((next & 0x3f) << 6) | ((bytes[at + 2] ?? 0) & 0x3f);
  return UNSEEN.has(code) ? 3 : 0;
}

/** A control sequence as a terminal reads it. Of one that carries a text (a title, a link) only the start is left out. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] !== BRACKET) return 2;
  let end = at + 2;
  while (isBetween(bytes[end], 0x20, 0x3f)) end += 1;
  return isBetween(bytes[end], 0x40, 0x7e) ? end + 1 - at : end - at;
}

const isBetween = (byte: number | undefined, first: number, last: number): boolean =>
  byte !== undefined && byte >= first && byte <= last;

type Escape = { length: number; means: readonly number[] };

function escapeAt(bytes: Uint8Array, at: number, length: number): Escape | null {
  switch (bytes[at]) {
    case PERCENT: {
      const value = hexAt(bytes, at + 1, 2);
      return value === null ? null : { length: 3, means: [value] };
    }
    case BACKSLASH:
      return backslashAt(bytes, at, length);
    case AMPERSAND:
      return entityAt(bytes, at, length);
    default:
      return null;
  }
}

function backslashAt(bytes: Uint8Array, at: number, length: number): Escape | null {
  if (at + 1 >= length) return null;
  const letter = String.fromCharCode(bytes[at + 1] ?? 0);
  if (letter === 'x') {
    const value = hexAt(bytes, at + 2, 2);
    return value === null ? null : { length: 4, means: [value] };
  }
  if (letter === 'u') {
    const unit = hexAt(bytes, at + 2, 4);
    if (unit === null) return null;
    const low = unit >= 0xd800 && unit < 0xdc00 && bytes[at + 6] === BACKSLASH ? hexAt(bytes, at + 8, 4) : null;
    const units = low === null ? [unit] : [unit, low];
    return { length: 6 * units.length, means: utf8(String.fromCharCode(...units)) };
  }
  if (letter === 'U') {
    const code = hexAt(bytes, at + 2, 8);
    return code === null || code > 0x10_ffff ? null : { length: 10, means: utf8(String.fromCodePoint(code)) };
  }
  const control = CONTROLS[letter];
  return { length: 2, means: [control ?? bytes[at + 1] ?? 0] };
}

function entityAt(bytes: Uint8Array, at: number, length: number): Escape | null {
  const text = String.fromCharCode(...bytes.subarray(at + 1, Math.min(length, at + 1 + LONGEST_ENTITY)));
  const end = text.indexOf(';');
  if (end < 0) return null;
  const name = text.slice(0, end);
  const code = /^#x[0-9a-f]+$/i.test(name)
    ? Number(`0${name.slice(1)}`)
    : /^#\d+$/.test(name)
      ? Number(name.slice(1))
      : null;
  const char = code === null ? NAMED.get(name) : code <= 0x10_ffff ? String.fromCodePoint(code) : undefined;
  return char === undefined ? null : { length: end + 2, means: utf8(char) };
}

const utf8 = (text: string): readonly number[] => [...Buffer.from(text)];

/** The number that so many hexadecimal digits stand for; null when they are none. */
function hexAt(bytes: Uint8Array, at: number, digits: number): number | null {
  let value = 0;
  for (let index = at; index < at + digits; index++) {
    const digit = Number.parseInt(String.fromCharCode(bytes[index] ?? 0), 16);
    if (Number.isNaN(digit)) return null;
    value = value * 16 + digit;
  }
  return value;
}
