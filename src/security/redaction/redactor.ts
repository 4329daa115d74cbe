import { PatternMatcher } from './patternMatcher.ts';
import {
  certainLength,
  composed,
  mayBeTyped,
  mayShowMore,
  type Reading,
  shownReading,
  typedReading,
  unescapedReading,
  visibleReading,
} from './readings.ts';

/** Shorter ones would be found in any text: a password of six letters may be a word. */
const SHORTEST = 8;
/** Bytes of the start of a text that are redacted when the rest is not there yet. */
const SHORTEST_START = 4;
const STAR = 0x2a;
/** Times that escapes are taken for what they mean: JSON in a text of JSON within JSON has them three times. */
const ESCAPED_TIMES = 3;
/** Bytes that a byte of a secret may be written with, a colour before each included, and what one wrap may add. */
const SPREAD = 24;
/** The same in text that was cleaned: an entity of HTML. */
const SHOWN_SPREAD = 12;
const SLACK = 1_024;
/** Bytes that are looked at together. */
const MOST_AT_ONCE = 128 * 1024;
const BLANKS = /\s+/g;

/** A part of some bytes: from `start` up to and without `end`. */
export type Span = { start: number; end: number };

/**
 * Texts that are not to be seen in what programs write. Where one stands, stars take its place, as many as it has bytes,
 * so that offsets and lengths stay what they are. It is found however it is written: coloured, wrapped, escaped for JSON,
 * Python, HTML or a URL, or as base64 of a longer text.
 */
export class Redactor {
  readonly #forms: ReadonlySet<string>;
  #matcher: PatternMatcher | null = null;
  /** Bytes that must be known before and after a place, for none that stands there to be missed. */
  readonly reach: number;
  /** The same of text that was cleaned, as a log view shows it: colours are gone. */
  readonly shownReach: number;

  private constructor(forms: ReadonlySet<string>) {
    this.#forms = forms;
    let longest = 0;
    for (const form of forms) longest = Math.max(longest, Buffer.byteLength(form));
    // The longest is always the one in hex, of two bytes a byte.
    this.reach = (longest / 2) * SPREAD + SLACK;
    this.shownReach = (longest / 2) * SHOWN_SPREAD + SLACK;
  }

  /** @returns null when there are none, or all are shorter than eight characters: those are not redacted. */
  static of(texts: Iterable<string>): Redactor | null {
    const forms = new Set([...texts].flatMap(formsOf));
    return forms.size === 0 ? null : new Redactor(forms);
  }

  /** What looks for texts in the forms of another one (`forms`), e.g. in another thread. */
  static ofForms(forms: Iterable<string>): Redactor {
    return new Redactor(new Set(forms));
  }

  /** All that is looked for. */
  get forms(): readonly string[] {
    return [...this.#forms];
  }

  /** What looks for the texts of both. */
  and(other: Redactor | null): Redactor {
    return other === null ? this : new Redactor(this.#forms.union(other.#forms));
  }

  /**
   * Finds where they stand, in time that grows with the bytes alone. @param isEnd whether nothing follows: a program may
   * be in the middle of writing one, or have ended there, and then the start of one counts too.
   */
  find(bytes: Buffer, isEnd: boolean): Span[] {
    return spansOf(this.#look(bytes, isEnd, true).marked);
  }

  /** The same, without what only a log view would show: see `mayShowMore`. */
  findWritten(bytes: Buffer, isEnd: boolean): Span[] {
    return spansOf(this.#look(bytes, isEnd, false).marked);
  }

  /**
   * Finds them in a text that goes on. @returns with where the start of one stands that may go on too: the length of the
   * text where none does.
   */
  findSoFar(bytes: Buffer): { spans: Span[]; open: number } {
    const { marked, open } = this.#look(bytes, false, true);
    return { spans: spansOf(marked), open };
  }

  /** Long ones in parts that overlap: each byte that is looked at takes a hundred while it is. */
  #look(bytes: Buffer, isEnd: boolean, isShown: boolean): { marked: Uint8Array; open: number } {
    const part = Math.max(MOST_AT_ONCE, 2 * this.reach);
    if (bytes.length <= part) return this.#lookAt(bytes, isEnd, isShown);
    const marked = new Uint8Array(bytes.length);
    for (let at = 0; ; at += part - this.reach) {
      const isLast = at + part >= bytes.length;
      const found = this.#lookAt(bytes.subarray(at, at + part), isEnd && isLast, isShown);
      for (const { start, end } of spansOf(found.marked)) marked.fill(1, at + start, at + end);
      if (isLast) return { marked, open: at + found.open };
    }
  }

  #lookAt(bytes: Buffer, isEnd: boolean, isShown: boolean): { marked: Uint8Array; open: number } {
    this.#matcher ??= new PatternMatcher([...this.#forms].map((form) => Buffer.from(form)));
    const matcher = this.#matcher;
    const marked = new Uint8Array(bytes.length);
    let open = bytes.length;
    const mark = (reading: Reading, isApart: boolean) => {
      const start = markFound(marked, reading, matcher, isApart);
      if (isEnd) marked.fill(1, start, reading.ends[reading.length - 1]);
      open = Math.min(open, start);
    };
    const take = (first: Reading, isApart: boolean) => {
      let reading = first;
      mark(reading, isApart);
      for (let times = 0; times < ESCAPED_TIMES; times++) {
        const meant = unescapedReading(reading);
        if (meant === null) return;
        const text = meant.bytes.subarray(0, meant.length);
        if (mayShowMore(text)) mark(composed(meant, shownReading(text)), true);
        if (mayBeTyped(text)) mark(composed(meant, typedReading(text)), false);
        reading = composed(meant, visibleReading(text));
        mark(reading, isApart);
      }
    };
    take(visibleReading(bytes), false);
    if (isShown && mayShowMore(bytes)) take(shownReading(bytes), true);
    if (mayBeTyped(bytes)) take(typedReading(bytes), false);
    return { marked, open };
  }

  /** Redacts them where they stand. */
  bytes(bytes: Buffer, isEnd = false): Buffer {
    for (const { start, end } of this.find(bytes, isEnd)) bytes.fill(STAR, start, end);
    return bytes;
  }

  /** Redacts texts of which one may begin what the next one goes on with. */
  lines(lines: readonly string[]): string[] {
    const bytes = lines.map((line) => Buffer.from(line));
    const whole = Buffer.concat(bytes);
    const shown = this.bytes(Buffer.from(whole));
    let at = 0;
    return bytes.map(({ length }, index) => {
      const line = shown.subarray(at, at + length);
      const isSame = line.equals(whole.subarray(at, at + length));
      at += length;
      // What is no text, half of a character, stays what it is.
      return isSame ? (lines[index] ?? '') : line.toString();
    });
  }

  text(text: string): string {
    return this.bytes(Buffer.from(text)).toString();
  }
}

/** So many stars. */
export const stars = (count: number): Buffer => Buffer.alloc(count, STAR);

/**
 * Marks the bytes of the original that were read as one of the patterns. @param isApart whether what stands between two of
 * them is left as it is. @returns where the start of one stands with which the original ends; its length where none does.
 */
function markFound(marked: Uint8Array, reading: Reading, matcher: PatternMatcher, isApart: boolean): number {
  const { bytes, length, starts, ends } = reading;
  // Nothing is marked twice: patterns may end at every byte, and each reach far back.
  let done = 0;
  const mark = (end: number, size: number) => {
    const from = Math.max(done, end - size);
    done = end;
    if (isApart) for (let at = from; at < end; at++) marked.fill(1, starts[at], ends[at]);
    // What is not seen between two of its bytes goes with them.
    else marked.fill(1, from === end - size ? starts[from] : ends[from - 1], ends[end - 1]);
  };
  const begun = matcher.scan(bytes, length, mark);
  const certain = certainLength(reading);
  const tail = bytes.subarray(Math.max(0, certain - matcher.longest), certain);
  const begunBefore = certain === length ? begun : matcher.scan(tail, tail.length, () => {});
  const startOf = (end: number, size: number) => (size < SHORTEST_START ? marked.length : (starts[end - size] ?? 0));
  return Math.min(startOf(length, begun), startOf(certain, begunBefore));
}

function spansOf(marked: Uint8Array): Span[] {
  const spans: Span[] = [];
  for (let start = marked.indexOf(1); start >= 0; ) {
    const zero = marked.indexOf(0, start);
    const end = zero < 0 ? marked.length : zero;
    spans.push({ start, end });
    start = marked.indexOf(1, end);
  }
  return spans;
}

/**
 * What a text is looked for as, without blanks, for where one stood a line may end. What reads arguments trims them; of one
 * with blanks the first word is often taken off or hidden alone (`Bearer …`), so that the rest counts by itself.
 */
function formsOf(text: string): string[] {
  const plain = text.trim();
  const parts = [plain, plain.replace(/^\S+\s+/, '')].flatMap((part) => [part, ...readForms(part)]);
  return [...new Set(parts)].flatMap((part) => (part.length < SHORTEST ? [] : writtenForms(part)));
}

/**
 * What readings make of a text with characters in it that are not seen (a mark pasted with it, a backspace): they leave
 * these out wherever it stands, and so it would never be found as it is.
 */
function readForms(text: string): string[] {
  const seen = text.replaceAll(/\S+/g, seenOf).trim();
  const bytes = Buffer.from(text);
  return mayBeTyped(bytes) ? [seen, textOf(typedReading(bytes))] : [seen];
}

const seenOf = (text: string): string => textOf(visibleReading(Buffer.from(text)));
const textOf = ({ bytes, length }: Reading): string => Buffer.from(bytes.subarray(0, length)).toString();

function writtenForms(text: string): string[] {
  const base64 = [0, 1, 2].flatMap((offset) => base64Within(text, offset));
  const hex = Buffer.from(text).toString('hex');
  const forms = [
    text.replaceAll(BLANKS, ''),
    seenOf(text),
    text.replaceAll(BLANKS, '+'),
    ...base64,
    hex,
    hex.toUpperCase(),
  ];
  return forms.filter((form) => form.length >= SHORTEST);
}

/** How a text is written within the base64 of a longer one: what the bytes before and after it change is left out. */
function base64Within(text: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
  const whole = bytes.toString('base64url').slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  return [whole, whole.replaceAll('-', '+').replaceAll('_', '/')];
}
