import type { Frame } from './tqdm.ts';

/** Seconds. Ranks begin a phase together, behind a barrier: a bar that begins so much later is of the next phase. */
const TOGETHER = 30;

/**
 * The newest frame of each bar of a phase, after another frame. Most models have rank 0 alone draw a bar, some have every
 * rank draw one into the same log, and no frame of tqdm says whose it is. But a bar only goes forward: a frame goes on a
 * bar that is behind it, the nearest one; one that can go on none is of a bar that was not seen yet, as long as
 * there are fewer bars than ranks. Bars are alike, so that it does not matter when two of them change places.
 * @param bars of one phase, at most as many as there are ranks; none at the beginning.
 */
export function addFrame(bars: readonly Frame[], frame: Frame, ranks: number): readonly Frame[] {
  if (beginsAnew(bars, frame)) return [frame];
  const at = barOf(bars, frame);
  if (at >= 0) return bars.with(at, frame);
  if (bars.length < ranks) return [...bars, frame];
  // No bar can have gone there: one of them was taken for another.
  const nearest = nearestAhead(bars, frame);
  return nearest < 0 ? [frame] : bars.with(nearest, frame);
}

/** Whether a frame is of a new phase, or of the same one for other samples: nothing of what was counted goes on. */
function beginsAnew(bars: readonly Frame[], frame: Frame): boolean {
  const [first] = bars;
  if (first === undefined || first.label !== frame.label) return true;
  const isStart = frame.done === 0 && frame.total > 0;
  if (frame.rank !== null) return false;
  return isStart && bars.some((bar) => isDone(bar) || bar.elapsed - frame.elapsed > TOGETHER);
}

/** The bar that a frame is the next one of; -1: none. */
function barOf(bars: readonly Frame[], frame: Frame): number {
  if (frame.rank !== null) return bars.findIndex((bar) => bar.rank === frame.rank);
  const fitting = bars.map((bar) => goesOn(bar, frame));
  const behind = (bar: Frame, index: number) => (fitting[index] ? bar.done : -1);
  // One that is done is drawn once more when it is closed; what is not done goes first, or it would never be.
  const open = bars.map((bar, index) => (isDone(bar) ? -1 : behind(bar, index)));
  const furthest = Math.max(...open);
  return furthest >= 0 ? open.indexOf(furthest) : fitting.indexOf(true);
}

function goesOn(bar: Frame, frame: Frame): boolean {
  return bar.total === frame.total && bar.done <= frame.done && bar.elapsed <= frame.elapsed;
}

function nearestAhead(bars: readonly Frame[], frame: Frame): number {
  const ahead = bars.map((bar) => (bar.total === frame.total ? Math.abs(bar.done - frame.done) : Infinity));
  const least = Math.min(...ahead);
  return Number.isFinite(least) ? ahead.indexOf(least) : -1;
}

const isDone = ({ done, total }: Frame): boolean => done >= total;
