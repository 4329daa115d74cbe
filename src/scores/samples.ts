/** One sample of one run, as far as a score is made of it. */
export type SampleValue = {
  /** `doc_id`, as text: what it is called in its task. */
  id: string;
  /** Hash of the document; null where the harness writes none. */
  docHash: string | null;
  /** Hash of the prompt; null where the harness writes none. */
  promptHash: string | null;
  /** What it has in common with others (a video, a passage); null where samples carry none. */
  cluster: string | null;
  /**
   * What it scored; null: it was not scored, or its answer failed. Of a document that the harness repeats: the mean of its
   * repeats, made by what reads them. Rows of one id that are unequal have no test.
   */
  value: number | null;
  /**
   * What the harness counted it as, where that is not `value`: of an answer that failed, which harnesses score all the same. The
   * reported score is the mean of these, so the self-check goes by them. Absent: as `value`.
   */
  scored?: number | null | undefined;
  /** Where it stands in its samples file, from 0. */
  index: number;
};

/** One score of one run, with what it was made of. */
export type ScoredRun = {
  /** As reported; null: not finite. */
  score: number | null;
  stderr: number | null;
  n: number | null;
  /** Null: no samples were kept, or they are gone; `reason` says why. */
  samples: readonly SampleValue[] | null;
  reason: string | null;
};
