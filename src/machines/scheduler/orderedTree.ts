/**
 * A persistent search tree that knows its sizes: every change makes a new tree and shares the rest, so that a snapshot
 * that holds one never changes under its reader. Weight-balanced (Adams 1993; delta 3, gamma 2): insert, remove and find
 * take O(log n).
 */
export type Tree<K, V> = Node<K, V> | null;

type Node<K, V> = {
  readonly key: K;
  readonly value: V;
  readonly size: number;
  readonly left: Tree<K, V>;
  readonly right: Tree<K, V>;
};

/** Negative, zero or positive, as for `Array.prototype.sort`. */
export type Compare<K> = (a: K, b: K) => number;

const DELTA = 3;
const GAMMA = 2;

export const size = (tree: Tree<unknown, unknown>): number => tree?.size ?? 0;

/** The tree with the value at the key, replacing what was there. */
export function insert<K, V>(tree: Tree<K, V>, compare: Compare<K>, key: K, value: V): Node<K, V> {
  if (tree === null) return node(key, value, null, null);
  const side = compare(key, tree.key);
  if (side < 0) return balance(tree.key, tree.value, insert(tree.left, compare, key, value), tree.right);
  if (side > 0) return balance(tree.key, tree.value, tree.left, insert(tree.right, compare, key, value));
  return node(key, value, tree.left, tree.right);
}

/** The tree without the key; the same tree if it was not there. */
export function remove<K, V>(tree: Tree<K, V>, compare: Compare<K>, key: K): Tree<K, V> {
  if (tree === null) return null;
  const side = compare(key, tree.key);
  if (side < 0) {
    const left = remove(tree.left, compare, key);
    return left === tree.left ? tree : balance(tree.key, tree.value, left, tree.right);
  }
  if (side > 0) {
    const right = remove(tree.right, compare, key);
    return right === tree.right ? tree : balance(tree.key, tree.value, tree.left, right);
  }
  if (tree.left === null) return tree.right;
  if (tree.right === null) return tree.left;
  const next = leftmost(tree.right);
  return balance(next.key, next.value, tree.left, remove(tree.right, compare, next.key));
}

export function find<K, V>(tree: Tree<K, V>, compare: Compare<K>, key: K): V | undefined {
  let at = tree;
  while (at !== null) {
    const side = compare(key, at.key);
    if (side === 0) return at.value;
    at = side < 0 ? at.left : at.right;
  }
  return undefined;
}

/** How many keys come before one, whether it is there or not. */
export function rank<K>(tree: Tree<K, unknown>, compare: Compare<K>, key: K): number {
  let before = 0;
  let at = tree;
  while (at !== null) {
    const side = compare(key, at.key);
    if (side === 0) return before + size(at.left);
    // By the right side, which is looked at next: the left one would be fetched from memory for its size alone.
    if (side > 0) before += at.size - size(at.right);
    at = side < 0 ? at.left : at.right;
  }
  return before;
}

/** The value that has so many before it; undefined beyond the end. */
export function at<V>(tree: Tree<unknown, V>, position: number): V | undefined {
  let rest = position;
  let node = tree;
  while (node !== null) {
    const before = size(node.left);
    if (rest === before) return node.value;
    if (rest < before) {
      node = node.left;
    } else {
      rest -= before + 1;
      node = node.right;
    }
  }
  return undefined;
}

/** A tree of entries in the order of their keys, each key once. O(n). */
export function fromSorted<K, V>(entries: readonly (readonly [K, V])[], from = 0, to = entries.length): Tree<K, V> {
  const middle = (from + to) >> 1;
  const entry = entries[middle];
  if (from >= to || entry === undefined) return null;
  return node(...entry, fromSorted(entries, from, middle), fromSorted(entries, middle + 1, to));
}

/** The values in the order of their keys. */
export function values<V>(tree: Tree<unknown, V>, found: V[] = []): V[] {
  if (tree === null) return found;
  values(tree.left, found);
  found.push(tree.value);
  return values(tree.right, found);
}

function node<K, V>(key: K, value: V, left: Tree<K, V>, right: Tree<K, V>): Node<K, V> {
  return { key, value, size: size(left) + size(right) + 1, left, right };
}

function leftmost<K, V>(tree: Node<K, V>): Node<K, V> {
  let at = tree;
  while (at.left !== null) at = at.left;
  return at;
}

/** A node whose sides differ by one insertion or removal from balanced ones, balanced. */
function balance<K, V>(key: K, value: V, left: Tree<K, V>, right: Tree<K, V>): Node<K, V> {
  if (size(left) + size(right) < 2) return node(key, value, left, right);
  if (right !== null && size(right) > DELTA * size(left)) {
    const { left: inner, right: outer } = right;
    if (inner === null || size(inner) < GAMMA * size(outer)) {
      return node(right.key, right.value, node(key, value, left, inner), outer);
    }
    const low = node(key, value, left, inner.left);
    return node(inner.key, inner.value, low, node(right.key, right.value, inner.right, outer));
  }
  if (left !== null && size(left) > DELTA * size(right)) {
    const { left: outer, right: inner } = left;
    if (inner === null || size(inner) < GAMMA * size(outer)) {
      return node(left.key, left.value, outer, node(key, value, inner, right));
    }
    const high = node(key, value, inner.right, right);
    return node(inner.key, inner.value, node(left.key, left.value, outer, inner.left), high);
  }
  return node(key, value, left, right);
}
