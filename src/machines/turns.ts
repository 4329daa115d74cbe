import { indexOf } from './branches.ts';

/**
 * Values by their turns, which only grow: a persistent radix tree of 32 branches a level that counts what is in it. Every
 * change makes a new one and shares the rest, so that a snapshot that holds one never changes under its reader. A million
 * turns are four levels, and each is one short list: the processor waits for a few pieces of memory where a binary tree
 * of that size has it wait for forty. Turns are whole numbers from 0.
 */
export type Turns<V> = { readonly root: Block<V>; readonly height: number } | null;

type Block<V> = {
  /** Which of the 32 there are. */
  readonly bits: number;
  /** Values in it. */
  readonly size: number;
  /** Those there are, in order, and how many values are before each; none at the lowest level, which has values. */
  readonly below: readonly Block<V>[];
  readonly before: readonly number[];
  readonly values: readonly V[];
};

const BITS = 5;
const WIDTH = 2 ** BITS;
/** As far as numbers can be shifted. */
const SHIFTED_LEVELS = 6;
const SHIFTED = WIDTH ** SHIFTED_LEVELS;
const none: readonly never[] = [];

export const size = (turns: Turns<unknown>): number => turns?.root.size ?? 0;

/** Values in the order of their turns, each turn once. O(n). */
export function fromSorted<V>(entries: readonly (readonly [number, V])[]): Turns<V> {
  const last = entries.at(-1)?.[0];
  if (last === undefined) return null;
  const height = heightOf(last);
  return { root: build(entries, 0, entries.length, height), height };
}

/** With a value at a turn that none has yet. */
export function insert<V>(turns: Turns<V>, turn: number, value: V): Turns<V> {
  const height = Math.max(heightOf(turn), turns?.height ?? 0);
  let root = turns?.root;
  // What there is becomes the first branch of a higher tree.
  for (let level = turns?.height ?? height; root !== undefined && level < height; level++) {
    root = { bits: 1, size: root.size, below: [root], before: [0], values: none };
  }
  return { root: withValue(root, height, turn, value), height };
}

/** Without a turn; the same if it was not there. */
export function remove<V>(turns: Turns<V>, turn: number): Turns<V> {
  if (turns === null || heightOf(turn) > turns.height) return turns;
  const root = without(turns.root, turns.height, turn);
  if (root === turns.root) return turns;
  return root === null ? null : { root, height: turns.height };
}

/** How many values are before one at its turn; null when another one is there, or none. */
export function rank<V>(turns: Turns<V>, turn: number, value: V): number | null {
  if (turns === null || heightOf(turn) > turns.height) return null;
  let block: Block<V> | undefined = turns.root;
  let ahead = 0;
  for (let level = turns.height; level > 0; level--) {
    const bit = bitOf(turn, level);
    if (block === undefined || (block.bits & bit) === 0) return null;
    const index = indexOf(block.bits, bit);
    ahead += block.before[index] ?? 0;
    block = block.below[index];
  }
  const bit = bitOf(turn, 0);
  if (block === undefined || (block.bits & bit) === 0) return null;
  const index = indexOf(block.bits, bit);
  return block.values[index] === value ? ahead + index : null;
}

/** The value at a rank, from 0; undefined beyond the last. */
export function select<V>(turns: Turns<V>, rank: number): V | undefined {
  let block: Block<V> | undefined = turns?.root;
  let rest = rank;
  for (let level = turns?.height ?? 0; level > 0 && block !== undefined; level--) {
    let index = block.below.length - 1;
    while (index > 0 && (block.before[index] ?? 0) > rest) index--;
    rest -= block.before[index] ?? 0;
    block = block.below[index];
  }
  return block?.values[rest];
}

/** Adds all values, in the order of their turns. */
export function values<V>(turns: Turns<V>, found: V[]): void {
  const visit = (block: Block<V>): void => {
    for (const value of block.values) found.push(value);
    block.below.forEach(visit);
  };
  if (turns !== null) visit(turns.root);
}

function build<V>(entries: readonly (readonly [number, V])[], from: number, to: number, level: number): Block<V> {
  const below: Block<V>[] = [];
  const before: number[] = [];
  let bits = 0;
  if (level === 0) {
    const those = entries.slice(from, to);
    for (const [turn] of those) bits |= bitOf(turn, 0);
    return { bits, size: to - from, below: none, before: none, values: those.map(([, value]) => value) };
  }
  for (let at = from; at < to; ) {
    const bit = bitOf(entries[at]?.[0] ?? 0, level);
    let end = at + 1;
    while (end < to && bitOf(entries[end]?.[0] ?? 0, level) === bit) end++;
    bits |= bit;
    before.push(at - from);
    below.push(build(entries, at, end, level - 1));
    at = end;
  }
  return { bits, size: to - from, below, before, values: none };
}

function withValue<V>(block: Block<V> | undefined, level: number, turn: number, value: V): Block<V> {
  const { bits = 0, size = 0, below = none, before = none, values = none } = block ?? {};
  const bit = bitOf(turn, level);
  const index = indexOf(bits, bit);
  const grown = { bits: bits | bit, size: size + 1 };
  if (level === 0) return { ...grown, below, before, values: values.toSpliced(index, 0, value) };
  const isThere = (bits & bit) !== 0;
  const child = withValue(isThere ? below[index] : undefined, level - 1, turn, value);
  const more = (count: number) => count + 1;
  if (isThere) {
    const rest = before.slice(index + 1).map(more);
    return { ...grown, below: below.with(index, child), before: [...before.slice(0, index + 1), ...rest], values };
  }
  const behind = before.slice(index);
  const ahead = behind[0] ?? size;
  return {
    ...grown,
    below: below.toSpliced(index, 0, child),
    before: [...before.slice(0, index), ahead, ...behind.map(more)],
    values,
  };
}

function without<V>(block: Block<V>, level: number, turn: number): Block<V> | null {
  const { bits, size, below, before, values } = block;
  const bit = bitOf(turn, level);
  if ((bits & bit) === 0) return block;
  const index = indexOf(bits, bit);
  const shrunk = { bits: bits & ~bit, size: size - 1 };
  if (level === 0) return size === 1 ? null : { ...shrunk, below, before, values: values.toSpliced(index, 1) };
  const child = below[index];
  const rest = child === undefined ? null : without(child, level - 1, turn);
  if (rest === child) return block;
  if (size === 1) return null;
  const fewer = before.map((count, at) => (at > index ? count - 1 : count));
  if (rest !== null) return { bits, size: size - 1, below: below.with(index, rest), before: fewer, values };
  return { ...shrunk, below: below.toSpliced(index, 1), before: fewer.toSpliced(index, 1), values };
}

/** Levels above the lowest that a turn needs. */
function heightOf(turn: number): number {
  let height = 0;
  for (let rest = turn; rest >= WIDTH; rest = Math.floor(rest / WIDTH)) height++;
  return height;
}

function bitOf(turn: number, level: number): number {
  const isShort = turn < SHIFTED && level < SHIFTED_LEVELS;
  return 1 << (isShort ? (turn >>> (level * BITS)) & (WIDTH - 1) : Math.floor(turn / WIDTH ** level) % WIDTH);
}
