/** The run's own part of Ray's log of its job: what is between two lines of its shell. */
export type OwnOutput = {
  /** What of the next bytes is the run's own and not yet known. */
  take(piece: Buffer): Buffer;
  /** What was kept back because it might have been the start of the last line. */
  rest(): Buffer;
  /** Whether the last line was there: then the output is whole. */
  isWhole(): boolean;
};

/** The lines before and after the output of a run. A program may leave its last line open: the second one follows anyhow. */
export const marksOf = (id: string) => ({
  first: `--- output of ${id} ---\n`,
  last: `--- end of output of ${id} ---\n`,
});

/** @param id the submission's. @param known bytes of the output that are there already. */
export function createOwnOutput(id: string, known: number): OwnOutput {
  const { first, last } = marksOf(id);
  const [begin, end] = [Buffer.from(first), Buffer.from(last)];
  let phase: 'before' | 'inside' | 'after' = 'before';
  let kept = Buffer.alloc(0);
  let skip = known;

  const fresh = (own: Buffer): Buffer => {
    const left = own.subarray(Math.min(skip, own.length));
    skip -= own.length - left.length;
    return left;
  };

  const inside = (bytes: Buffer): Buffer => {
    const at = bytes.indexOf(end);
    const until = at >= 0 ? at : bytes.length - beginningAtEnd(bytes, end);
    if (at >= 0) phase = 'after';
    kept = at >= 0 ? Buffer.alloc(0) : Buffer.from(bytes.subarray(until));
    return fresh(bytes.subarray(0, until));
  };

  return {
    take(piece) {
      if (phase === 'after') return Buffer.alloc(0);
      const bytes = Buffer.concat([kept, piece]);
      if (phase === 'inside') return inside(bytes);
      const at = bytes.indexOf(begin);
      if (at >= 0) {
        phase = 'inside';
        return inside(bytes.subarray(at + begin.length));
      }
      // What is before it can be long; only its own beginning counts.
      kept = Buffer.from(bytes.subarray(bytes.length - beginningAtEnd(bytes, begin)));
      return Buffer.alloc(0);
    },
    rest: () => (phase === 'inside' ? fresh(kept) : Buffer.alloc(0)),
    isWhole: () => phase === 'after',
  };
}

/** How many bytes at the end are the beginning of a mark that may go on. */
function beginningAtEnd(bytes: Buffer, mark: Buffer): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--) {
    if (bytes.subarray(-length).equals(mark.subarray(0, length))) return length;
  }
  return 0;
}
