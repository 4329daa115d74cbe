/** A prime; nothing depends on which. The same data always get the same numbers. */
const SEED = 0x9e37_79b1;

/**
 * 32 bits that belong to a number: a random sequence of which any element can be had at once.
 * Source: the finalizer of MurmurHash3 (Appleby 2011) with Wellons' constants, over Weyl's sequence as in SplitMix (Steele, Lea and Flood 2014).
 */
export function randomBits(index: number): number {
  let bits = (Math.imul(index, 0x9e37_79b9) + SEED) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x21f0_aaad);
  bits = Math.imul(bits ^ (bits >>> 15), 0x735a_2d97);
  return (bits ^ (bits >>> 15)) >>> 0;
}
