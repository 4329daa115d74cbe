/**
 * The two times there are, in milliseconds. What is shown to people and signed for receivers is of the wall clock; every
 * span, limit, back-off, age and estimate is of the monotonic one, for the wall clock may be set either way at any moment.
 */
export type Clock = {
  /** Milliseconds since 1970, as the machine's clock has it at the moment. For showing only. */
  now(): number;
  /**
   * Milliseconds from some beginning: only differences mean anything. Never runs back. That of a
   * journal goes on across restarts, so that a time which is on record can be compared with it.
   */
  monotonic(): number;
};
