/**
 * Finds many texts at once (Aho and Corasick, 1975): the time is that of going through the bytes once, however many
 * patterns there are and whatever they have in common.
 */
export class PatternMatcher {
  /** Where a byte leads from a state, by `state * 256 + byte`; states without an entry fall back. */
  readonly #next = new Map<number, number>();
  /** The same of the first state, which almost all bytes of a text are read in. */
  readonly #first = new Int32Array(256);
  /** By state: the state of its longest end that begins a pattern. */
  readonly #fallback: number[] = [0];
  /** By state: bytes of the longest pattern that ends there; 0: none does. */
  readonly #ending: number[] = [0];
  /** By state: bytes of a pattern that have been read. */
  readonly #depth: number[] = [0];
  /** By state: whether a pattern goes on there. */
  readonly #goesOn: boolean[] = [false];
  #longest = 0;

  /** @param patterns none of them empty. */
  constructor(patterns: Iterable<Uint8Array>) {
    for (const pattern of patterns) this.#add(pattern);
    this.#link();
  }

  /**
   * Goes through bytes and reports each place where a pattern ends, with the longest one's length.
   * @param length how many of the bytes there are. @param onMatch gets the index after the last byte of the pattern.
   * @returns how many bytes at the end are the start of a pattern that goes on.
   */
  scan(bytes: Uint8Array, length: number, onMatch: (end: number, length: number) => void): number {
    const first = this.#first;
    let state = 0;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at] ?? 0;
      // Almost always, and nothing is called then.
      if (state === 0 && first[byte] === 0) continue;
      state = this.#step(state, byte);
      const found = this.#ending[state] ?? 0;
      if (found > 0) onMatch(at + 1, found);
    }
    while (state !== 0 && !this.#goesOn[state]) state = this.#fallback[state] ?? 0;
    return this.#depth[state] ?? 0;
  }

  /** Bytes of the longest pattern. */
  get longest(): number {
    return this.#longest;
  }

  #step(from: number, byte: number): number {
    let state = from;
    while (state !== 0) {
      const next = this.#next.get(state * 256 + byte);
      if (next !== undefined) return next;
      state = this.#fallback[state] ?? 0;
    }
    return this.#first[byte] ?? 0;
  }

  #add(pattern: Uint8Array): void {
    this.#longest = Math.max(this.#longest, pattern.length);
    let state = 0;
    for (const byte of pattern) {
      const key = state * 256 + byte;
      const known = this.#next.get(key);
      const next = known ?? this.#depth.length;
      if (known === undefined) {
        this.#next.set(key, next);
        this.#depth.push((this.#depth[state] ?? 0) + 1);
        this.#ending.push(0);
        this.#fallback.push(0);
        this.#goesOn.push(false);
        this.#goesOn[state] = true;
        if (state === 0) this.#first[byte] = next;
      }
      state = next;
    }
    this.#ending[state] = pattern.length;
  }

  /** Shorter states first: the fallback of a state is shorter than it. */
  #link(): void {
    const byDepth = [...this.#next].sort(([, one], [, other]) => (this.#depth[one] ?? 0) - (this.#depth[other] ?? 0));
    for (const [key, state] of byDepth) {
      const parent = Math.floor(key / 256);
      if (parent === 0) continue;
      const fallback = this.#step(this.#fallback[parent] ?? 0, key % 256);
      this.#fallback[state] = fallback;
      this.#ending[state] = Math.max(this.#ending[state] ?? 0, this.#ending[fallback] ?? 0);
    }
  }
}
