/** A stream of pseudo-random numbers; the same seed gives the same stream on every machine. */
export type Random = {
  /** Uniform in [0, 1). */
  next(): number;
  /** A whole number from 0 to `bound` - 1. */
  below(bound: number): number;
  /** Normally distributed, mean 0, standard deviation 1. */
  gaussian(): number;
  /** One of the items, each as likely as its weight says. @throws when there is none. */
  weighted<T>(items: readonly { value: T; weight: number }[]): T;
  /** The items in random order; the argument is left alone. */
  shuffled<T>(items: readonly T[]): T[];
};

/** @param seed any text; streams of different texts are independent for our purposes. */
export function createRandom(seed: string): Random {
  let state = hash(seed);

  const next = (): number => {
    // mulberry32: 32 bits of state, good enough for pictures, four lines long.
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };

  const below = (bound: number): number => Math.floor(next() * bound);

  return {
    next,
    below,
    // Box-Muller; 1 - next() is never 0, so the logarithm is finite.
    gaussian: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    weighted: (items) => {
      let left = next() * items.reduce((sum, item) => sum + item.weight, 0);
      for (const item of items) {
        left -= item.weight;
        if (left < 0) return item.value;
      }
      const last = items.at(-1);
      if (last === undefined) throw new RangeError('nothing to choose from');
      return last.value;
    },
    shuffled: (items) => {
      const rest = [...items];
      // Each item is drawn from those left, which is Fisher and Yates's shuffle.
      return items.flatMap(() => rest.splice(below(rest.length), 1));
    },
  };
}

/** FNV-1a over the text's UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value;
}
