import type { SampleValue } from './samples.ts';

/** A sample of each run that are the same document. */
export type Pair = { a: SampleValue; b: SampleValue };

/** A pair in which both have a value. */
export type ScoredPair = { a: SampleValue & { value: number }; b: SampleValue & { value: number } };

/** Samples of two runs, side by side. */
export type Pairing = {
  /** Pairs in which both have a value, in the order of the baseline. */
  pairs: ScoredPair[];
  /** Pairs in which a value is missing, or both are. */
  incomplete: Pair[];
  /** Samples of the same id that are another document: no pair. */
  otherDocuments: number;
  /** Pairs whose prompts differ: pairs all the same. */
  otherPrompts: number;
};

/**
 * The samples of a run, one a document. Rows of the same document that are equal are one: harnesses that divide the documents
 * among GPUs fill up with copies.
 * @returns The id of the first document of which there are unequal rows, where there is one: then nothing says which holds.
 */
export function onePerDocument(samples: readonly SampleValue[]): Map<string, SampleValue> | { unequal: string } {
  const documents = new Map<string, SampleValue>();
  for (const sample of samples) {
    const other = documents.get(sample.id);
    if (other === undefined) documents.set(sample.id, sample);
    else if (other.value !== sample.value || other.docHash !== sample.docHash) return { unequal: sample.id };
  }
  return documents;
}

/** Puts together the samples that have the same id and, where both have the hash of their document, the same document. */
export function pairSamples(a: ReadonlyMap<string, SampleValue>, b: ReadonlyMap<string, SampleValue>): Pairing {
  const pairing: Pairing = { pairs: [], incomplete: [], otherDocuments: 0, otherPrompts: 0 };
  for (const [id, ofA] of a) {
    const ofB = b.get(id);
    if (ofB === undefined) continue;
    if (differ(ofA.docHash, ofB.docHash)) {
      pairing.otherDocuments += 1;
      continue;
    }
    if (differ(ofA.promptHash, ofB.promptHash)) pairing.otherPrompts += 1;
    const pair = { a: ofA, b: ofB };
    if (isScored(pair)) pairing.pairs.push(pair);
    else pairing.incomplete.push(pair);
  }
  return pairing;
}

const differ = (a: string | null, b: string | null) => a !== null && b !== null && a !== b;

const isScored = (pair: Pair): pair is ScoredPair => pair.a.value !== null && pair.b.value !== null;

/** How many have a value. */
export function countScored(documents: ReadonlyMap<string, SampleValue>): number {
  let count = 0;
  for (const { value } of documents.values()) if (value !== null) count += 1;
  return count;
}
