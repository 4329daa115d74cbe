import { indexOf } from './branches.ts';

/**
 * A persistent map from texts to values: every change makes a new one and shares the rest, so that a snapshot that holds
 * one never changes under its reader. A hash trie (Bagwell 2001) of 32 branches a level: find, set and remove touch four
 * nodes among a million keys, where a search tree compares twenty texts that lie all over the memory.
 */
export type Trie<V> = Branch<V> | Leaf<V> | null;

type Leaf<V> = { readonly key: string; readonly value: V };
/** `bits` says which of the 32 branches there are; `nodes` has those, in order. */
type Branch<V> = { readonly bits: number; readonly nodes: readonly (Branch<V> | Leaf<V>)[] };

const BITS = 5;
/** Levels that one hash is enough for; beyond them another hash of the same key is taken. */
const LEVELS = 6;

/** The value at a key; undefined when it is not there. */
export function find<V>(trie: Trie<V>, key: string): V | undefined {
  let node: Branch<V> | Leaf<V> | null | undefined = trie;
  let hash = 0;
  for (let level = 0; node !== null && node !== undefined; level++) {
    if ('key' in node) return node.key === key ? node.value : undefined;
    if (level % LEVELS === 0) hash = hashOf(key, level);
    const bit = bitOf(hash, level);
    node = (node.bits & bit) === 0 ? undefined : node.nodes[indexOf(node.bits, bit)];
  }
  return undefined;
}

/** The map with the value at the key, replacing what was there. */
export function set<V>(trie: Trie<V>, key: string, value: V): Trie<V> {
  return trie === null ? { key, value } : withLeaf(trie, { key, value }, 0);
}

/** The map without the key; the same map if it was not there. */
export function remove<V>(trie: Trie<V>, key: string): Trie<V> {
  return trie === null ? null : without(trie, key, 0);
}

function withLeaf<V>(node: Branch<V> | Leaf<V>, leaf: Leaf<V>, level: number): Branch<V> | Leaf<V> {
  if ('key' in node) {
    if (node.key === leaf.key) return leaf;
    // Two keys that share the way so far: one level more tells them apart, or the next one.
    const fork: Branch<V> = { bits: bitOf(hashAt(node.key, level), level), nodes: [node] };
    return withLeaf(fork, leaf, level);
  }
  const bit = bitOf(hashAt(leaf.key, level), level);
  const index = indexOf(node.bits, bit);
  const below = node.nodes[index];
  if ((node.bits & bit) === 0 || below === undefined) {
    return { bits: node.bits | bit, nodes: node.nodes.toSpliced(index, 0, leaf) };
  }
  return { bits: node.bits, nodes: node.nodes.with(index, withLeaf(below, leaf, level + 1)) };
}

function without<V>(node: Branch<V> | Leaf<V>, key: string, level: number): Trie<V> {
  if ('key' in node) return node.key === key ? null : node;
  const bit = bitOf(hashAt(key, level), level);
  const index = indexOf(node.bits, bit);
  const below = node.nodes[index];
  if ((node.bits & bit) === 0 || below === undefined) return node;
  const rest = without(below, key, level + 1);
  if (rest === below) return node;
  const nodes = rest === null ? node.nodes.toSpliced(index, 1) : node.nodes.with(index, rest);
  // A leaf that is alone needs no branch to lead to it.
  const [only] = nodes;
  if (only === undefined) return null;
  if (nodes.length === 1 && 'key' in only) return only;
  return { bits: rest === null ? node.bits & ~bit : node.bits, nodes };
}

const hashAt = (key: string, level: number): number => hashOf(key, level - (level % LEVELS));

const bitOf = (hash: number, level: number): number => 1 << ((hash >>> ((level % LEVELS) * BITS)) & 31);

/** FNV-1a with a last mix, so that its low bits are as good as the others. @param seed another one gives another hash. */
function hashOf(key: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
}
