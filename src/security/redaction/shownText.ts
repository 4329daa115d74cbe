import { TextCleaner } from './cleanText.ts';
import type { Redactor } from './redactor.ts';

const STAR = 0x2a;
const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * The text of a log as it is shown, chunk by chunk: cleaned, then redacted, for a secret may come into being by the
 * cleaning. What is certain is given at once; what may be the start of a secret is kept back until it is known, no more of
 * it than the reach of the secrets. Takes memory for a line and that reach.
 */
export class ShownText {
  readonly #cleaner = new TextCleaner();
  readonly #redactor: StreamRedactor | null;

  constructor(redactor: Redactor | null) {
    this.#redactor = redactor === null ? null : new StreamRedactor(redactor);
  }

  /** Whether text that is certain but for a secret that may begin in it has not been given yet. */
  get keepsBack(): boolean {
    return this.#redactor?.keepsBack ?? false;
  }

  /** Takes what stands before the part that is shown, for a secret that goes over its border. */
  begin(before: Uint8Array): void {
    this.#redactor?.take(this.#cleaner.clean(before), true);
  }

  /** @returns what is certain now; may be empty. */
  clean(chunk: Uint8Array): Buffer {
    const text = this.#cleaner.clean(chunk);
    return this.#redactor?.take(text, false) ?? text;
  }

  /** Gives what was kept back as far as it is drawn: see `TextCleaner.newest`. The start of a secret is redacted. */
  newest(): Buffer {
    const text = this.#cleaner.newest();
    return this.#redactor?.take(text, true) ?? text;
  }

  /** @returns what was kept back, when nothing more comes. */
  end(): Buffer {
    const text = this.#cleaner.end();
    return this.#redactor?.take(text, true) ?? text;
  }
}

/** Redacts a text that comes in parts. Line ends stay. */
class StreamRedactor {
  readonly #redactor: Redactor;
  /** The end of what was given, as it was written, then what is kept back. */
  #text = NOTHING;
  #given = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  get keepsBack(): boolean {
    return this.#given < this.#text.length;
  }

  /** @param isAll whether all is to be given: then the start of a secret counts as one. */
  take(part: Buffer, isAll: boolean): Buffer {
    if (part.length === 0 && (!isAll || this.#given === this.#text.length)) return part;
    const text = Buffer.concat([this.#text, part]);
    const { spans, open } = this.#redactor.findSoFar(text);
    const mustGo = isAll || text.length - open > this.#redactor.shownReach;
    const end = mustGo ? text.length : Math.max(this.#given, open);
    const shown = Buffer.from(text.subarray(this.#given, end));
    for (const span of mustGo ? [...spans, { start: open, end: text.length }] : spans) {
      for (let at = Math.max(span.start, this.#given); at < Math.min(span.end, end); at++) {
        if (text[at] !== LINE_FEED) shown[at - this.#given] = STAR;
      }
    }
    const from = Math.max(0, end - this.#redactor.shownReach);
    this.#text = Buffer.from(text.subarray(from));
    this.#given = end - from;
    return shown;
  }
}
