/** Shorter ones would be found in any text: a password of six letters may be a word. */
const SHORTEST = 8;
/** Bytes of the start of a text that are blotted when the rest is not there yet. */
const SHORTEST_START = 4;
const STAR = 0x2a;

/** A part of some bytes: from `start` up to and without `end`. */
export type Span = { start: number; end: number };

/**
 * Texts that are not to be seen in what programs write. Where one stands, stars take its place, as many as it has bytes,
 * so that offsets and lengths stay what they are.
 */
export class Blot {
  readonly #forms: readonly Buffer[];
  /** Bytes that must be known before and after a place, for none that stands there to be missed. */
  readonly reach: number;

  private constructor(forms: readonly Buffer[]) {
    this.#forms = forms;
    this.reach = Math.max(...forms.map((form) => form.length)) - 1;
  }

  /** @returns null when there are none, or all are shorter than eight characters: those are not blotted. */
  static of(texts: Iterable<string>): Blot | null {
    const forms = new Set([...texts].flatMap(formsOf));
    return forms.size === 0 ? null : new Blot([...forms].map((form) => Buffer.from(form)));
  }

  /** What looks for the texts of both. */
  and(other: Blot | null): Blot {
    return other === null ? this : new Blot([...this.#forms, ...other.#forms]);
  }

  /**
   * Finds where they stand. @param isEnd whether nothing follows: a program may be in the middle of writing one, or have
   * ended there, and then the start of one counts too.
   */
  find(bytes: Buffer, isEnd: boolean): Span[] {
    const spans: Span[] = [];
    for (const form of this.#forms) {
      for (let at = bytes.indexOf(form); at >= 0; at = bytes.indexOf(form, at + 1)) {
        spans.push({ start: at, end: at + form.length });
      }
      const begun = isEnd ? begunAtEnd(bytes, form) : 0;
      if (begun > 0) spans.push({ start: bytes.length - begun, end: bytes.length });
    }
    return spans;
  }

  /** Blots them where they stand. */
  bytes(bytes: Buffer, isEnd = false): Buffer {
    for (const { start, end } of this.find(bytes, isEnd)) bytes.fill(STAR, start, end);
    return bytes;
  }

  text(text: string): string {
    return this.bytes(Buffer.from(text)).toString();
  }
}

/** So many stars. */
export const stars = (count: number): Buffer => Buffer.alloc(count, STAR);

/**
 * As it is, and as JSON, Python and URLs write it. What reads arguments trims them; of one with blanks the first word is
 * often taken off or hidden alone (`Bearer …`), so that the rest counts by itself.
 */
function formsOf(text: string): string[] {
  const plain = text.trim();
  return [plain, plain.replace(/^\S+\s+/, '')].flatMap((part) => (part.length < SHORTEST ? [] : writtenForms(part)));
}

function writtenForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(/[^\0-\x7f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const python = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  return [text, json, ascii, python, encodeURIComponent(text.toWellFormed())];
}

/** Bytes at the end that are the start of a form, and not all of it. */
function begunAtEnd(bytes: Buffer, form: Buffer): number {
  for (let length = Math.min(form.length - 1, bytes.length); length >= SHORTEST_START; length--) {
    if (bytes.subarray(-length).equals(form.subarray(0, length))) return length;
  }
  return 0;
}
