/** Bytes kept of a line that may still be overwritten. */
const LONGEST_LINE = 64 * 1024;
/** Bytes kept of a title (an OSC sequence); one that does not end by then was none. */
const LONGEST_TITLE = 4 * 1024;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BELL = 0x07;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const DELETE = 0x7f;
/** First byte of U+0080 to U+00BF in UTF-8, of which the first half are control characters. */
const C1_LEAD = 0xc2;
const LEAD = Uint8Array.of(C1_LEAD);
const LINE_END = Uint8Array.of(LINE_FEED);
const TITLE_KINDS = new Set(Buffer.from(']PX^_'));

/** 1 for each byte that is text wherever it stands. A table, for every byte of a log is asked. */
const IS_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  (byte >= SPACE || byte === TAB) && byte !== DELETE && byte !== C1_LEAD ? 1 : 0,
);

/** Cleaned bytes, and of each where in all that was fed it stood. */
export type Traced = { bytes: Buffer; sources: Float64Array };

type State = 'text' | 'escape' | 'intermediates' | 'parameters' | 'title' | 'titleEnd' | 'c1';

/**
 * Cleans the output of programs, chunk by chunk: colours and other control characters are dropped, and of a line that was
 * drawn several times (`\r`) the last drawing stays. A line is given when it ends. One of more than 64 KiB is given
 * as it comes; what then overwrites it stands in a line of its own, as does what was drawn into lines above (several bars).
 * So it takes constant memory, whatever it is fed.
 */
export class TextCleaner {
  readonly #isTraced: boolean;
  readonly #line: Bytes;
  readonly #title: Bytes;
  #state: State = 'text';
  /** Where the chunk that is taken begins, and where the first byte of what may be a C1 control stood. */
  #offset = 0;
  #leadAt = 0;
  /** The next text stands at the start of the line, over what is there. */
  #atStart = true;
  /** The start of the line was given already. */
  #isGiven = false;

  /** @param isTraced whether `trace` is to be called, not `clean`. */
  constructor(isTraced = false) {
    this.#isTraced = isTraced;
    this.#line = new Bytes(LONGEST_LINE, isTraced);
    this.#title = new Bytes(LONGEST_TITLE, isTraced);
  }

  /** @returns what is certain now; may be empty. */
  clean(chunk: Uint8Array): Buffer {
    return this.#cleaned(chunk).taken();
  }

  /** The same, with where each byte stood. @param isEnd whether nothing more comes: then what was kept back is given too. */
  trace(chunk: Uint8Array, isEnd: boolean): Traced {
    const out = this.#cleaned(chunk);
    if (isEnd && !this.#isGiven) out.append(this.#line, this.#line.trimmed().length);
    return { bytes: out.taken(), sources: out.sources() };
  }

  #cleaned(chunk: Uint8Array): Bytes {
    // What is kept may come out, and every byte of the chunk gives at most one.
    const out = new Bytes(this.#line.length + this.#title.length + chunk.length + 2, this.#isTraced);
    for (let at = 0; at < chunk.length; ) at = this.#take(chunk, at, out);
    this.#offset += chunk.length;
    return out;
  }

  /**
   * Gives what stands in the line that has not ended: the newest frame of a bar. What overwrites it later stands in a line
   * of its own. @returns nothing when it is empty, or was given before.
   */
  newest(): Buffer {
    if (this.#isGiven) return Buffer.alloc(0);
    const text = Buffer.from(this.#line.trimmed());
    if (text.length === 0) return text;
    // Blanks at the end are given when something follows them.
    const blanks = Buffer.from(this.#line.taken().subarray(text.length));
    this.#line.clear();
    this.#line.add(blanks, this.#offset - blanks.length);
    this.#isGiven = true;
    return text;
  }

  /** @returns what was kept back, when nothing more comes. */
  end(): Buffer {
    const text = this.#isGiven ? Buffer.alloc(0) : Buffer.from(this.#line.trimmed());
    this.#line.clear();
    return text;
  }

  /** Takes what stands at an offset. @returns where to go on; the same offset when only the state has changed. */
  #take(chunk: Uint8Array, at: number, out: Bytes): number {
    const byte = chunk[at] ?? 0;
    switch (this.#state) {
      case 'text': {
        const end = endOfText(chunk, at);
        if (end > at) this.#write(chunk.subarray(at, end), this.#offset + at, out);
        else this.#control(byte, this.#offset + at, out);
        return Math.max(end, at + 1);
      }
      case 'escape':
        this.#state = stateAfterEscape(byte);
        return this.#state === 'text' && (byte < SPACE || byte >= DELETE) ? at : at + 1;
      case 'intermediates':
        if (byte >= SPACE && byte <= 0x2f) return at + 1;
        this.#state = 'text';
        return byte < SPACE || byte >= DELETE ? at : at + 1;
      case 'parameters':
        if (byte >= SPACE && byte <= 0x3f) return at + 1;
        this.#state = 'text';
        if (byte < SPACE || byte >= DELETE) return at;
        this.#move(byte);
        return at + 1;
      case 'title': {
        const end = Math.min(endOfText(chunk, at), at + this.#title.room);
        this.#title.add(chunk.subarray(at, end), this.#offset + at);
        if (end === chunk.length) return end;
        return end + this.#endTitle(chunk[end] ?? 0, out);
      }
      case 'titleEnd':
        // ESC \ closes a title; ESC and anything else is a sequence of its own, and the title was none.
        this.#state = byte === 0x5c ? 'text' : 'escape';
        if (byte === 0x5c) this.#title.clear();
        else this.#giveTitle(out);
        return byte === 0x5c ? at + 1 : at;
      case 'c1':
        this.#state = 'text';
        if (byte >= 0x80 && byte < 0xa0) return at + 1;
        this.#write(LEAD, this.#leadAt, out);
        if (byte < 0xa0 || byte > 0xbf) return at;
        this.#write(chunk.subarray(at, at + 1), this.#offset + at, out);
        return at + 1;
    }
  }

  #control(byte: number, source: number, out: Bytes): void {
    if (byte === LINE_FEED) this.#endLine(source, out);
    else if (byte === CARRIAGE_RETURN) this.#atStart = true;
    else if (byte === ESCAPE) this.#state = 'escape';
    else if (byte === C1_LEAD) {
      this.#state = 'c1';
      this.#leadAt = source;
    }
  }

  #endLine(source: number, out: Bytes): void {
    if (!this.#isGiven) out.append(this.#line, this.#line.trimmed().length);
    out.add(LINE_END, source);
    this.#line.clear();
    this.#atStart = true;
    this.#isGiven = false;
  }

  /** Cursor up and erase are the movements that programs draw bars with. */
  #move(final: number): void {
    if (final === 0x41) this.#atStart = true;
    if (final === 0x4b && this.#atStart) this.#line.clear();
  }

  #write(text: Uint8Array, source: number | Float64Array, out: Bytes): void {
    if (this.#atStart && this.#isGiven) this.#endLine(typeof source === 'number' ? source : (source[0] ?? 0), out);
    if (this.#atStart) this.#line.clear();
    this.#atStart = false;
    if (!this.#isGiven && text.length <= this.#line.room) {
      this.#line.add(text, source);
      return;
    }
    out.append(this.#line, this.#line.length);
    out.add(text, source);
    this.#line.clear();
    this.#isGiven = true;
  }

  /** @returns how many bytes it took: what ends a title may also be something of its own. */
  #endTitle(byte: number, out: Bytes): 0 | 1 {
    if (byte === ESCAPE) {
      this.#state = 'titleEnd';
      return 1;
    }
    this.#state = 'text';
    if (byte === BELL) this.#title.clear();
    else this.#giveTitle(out);
    return 0;
  }

  #giveTitle(out: Bytes): void {
    if (this.#title.length > 0) this.#write(this.#title.taken(), this.#title.sources(), out);
    this.#title.clear();
  }
}

function stateAfterEscape(byte: number): State {
  if (byte === 0x5b) return 'parameters';
  if (TITLE_KINDS.has(byte)) return 'title';
  return byte >= SPACE && byte <= 0x2f ? 'intermediates' : 'text';
}

/** Where the next byte stands that is no text, or may be none. */
function endOfText(chunk: Uint8Array, start: number): number {
  const end = chunk.length;
  let at = start;
  while (at < end && IS_TEXT[chunk[at] ?? 0] === 1) at += 1;
  return at;
}

/** Bytes that are collected up to a limit; where they are traced, each with where it stood. */
class Bytes {
  readonly #bytes: Buffer;
  readonly #sources: Float64Array | null;
  length = 0;

  constructor(most: number, isTraced: boolean) {
    this.#bytes = Buffer.allocUnsafe(most);
    this.#sources = isTraced ? new Float64Array(most) : null;
  }

  get room(): number {
    return this.#bytes.length - this.length;
  }

  /** @param source where each stood, or the first of those that stood side by side. */
  add(part: Uint8Array, source: number | Float64Array): void {
    this.#bytes.set(part, this.length);
    if (this.#sources !== null) {
      if (typeof source !== 'number') this.#sources.set(source, this.length);
      else for (let index = 0; index < part.length; index++) this.#sources[this.length + index] = source + index;
    }
    this.length += part.length;
  }

  /** Adds the first so many bytes of another. */
  append(other: Bytes, count: number): void {
    this.add(other.taken().subarray(0, count), other.sources().subarray(0, count));
  }

  taken(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Where they stood; empty when they are not traced. */
  sources(): Float64Array {
    return this.#sources?.subarray(0, this.length) ?? new Float64Array(0);
  }

  /** Without blanks at the end: programs that draw shorter frames pad them. */
  trimmed(): Buffer {
    let end = this.length;
    while (end > 0 && (this.#bytes[end - 1] === SPACE || this.#bytes[end - 1] === TAB)) end -= 1;
    return this.#bytes.subarray(0, end);
  }

  clear(): void {
    this.length = 0;
  }
}
