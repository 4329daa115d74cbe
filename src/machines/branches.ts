/** Branches of a tree node, of which there may be 32: each bit of a number says whether one is there. */

/** How many branches there are before one, which is where it is in the list of those that there are. */
export function indexOf(bits: number, bit: number): number {
  let count = bits & (bit - 1);
  count -= (count >>> 1) & 0x55555555;
  count = (count & 0x33333333) + ((count >>> 2) & 0x33333333);
  return Math.imul((count + (count >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
