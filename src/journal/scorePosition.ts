/** Scores of one job at most, twice as many as a results file may have. */
export const PLACES = 2 ** 16;

/** Where a score stands among all: its job, and its place there. Grows from one to the next. */
export const positionOf = (job: number, place: number): number => job * PLACES + place;

/** The job and the place of a position. */
export const readPosition = (position: number): { job: number; place: number } => ({
  job: Math.floor(position / PLACES),
  place: position % PLACES,
});
