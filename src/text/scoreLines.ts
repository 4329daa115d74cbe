/** Scores along an axis, as lines with gaps: the same at a terminal, in a drawing and on the page. */
import type { MissingScore, Score } from '../schemas/scores/score.ts';
import { numberOf } from './board.ts';

export type ScorePoint = { x: number; value: number; interval: [number, number] | null; score: Score };

/** A checkpoint that cannot be drawn: without a result, or with one (`measured`) that has no place. `x`: null where it is nowhere on the axis. */
export type ScoreGap = { x: number | null; reason: string; job_id: string; measured: boolean };

/** The scores of a run, or of a model where there is no label `run`, in the order of the axis. */
export type ScoreLine = {
  name: string;
  points: ScorePoint[];
  gaps: ScoreGap[];
  /** The points that may be joined: no line goes over a checkpoint that is without a result. */
  segments: ScorePoint[][];
};

type Made = { run: string | null; model: string; imported: boolean; points: Map<number, ScorePoint>; gaps: ScoreGap[] };

/**
 * Makes lines of scores that are all of one task, metric and filter. Of several at one point of the axis the newest counts.
 * @param scores in the order in which their jobs ended, with `x`.
 */
export function makeScoreLines(scores: readonly Score[], missing: readonly MissingScore[]): ScoreLine[] {
  const made = new Map<string, Made>();
  const lineOf = ({ run, model, imported }: Score | MissingScore): Made => {
    const key = JSON.stringify([run, model, imported]);
    const known = made.get(key) ?? { run, model, imported, points: new Map(), gaps: [] };
    made.set(key, known);
    return known;
  };
  const measured = new Set(scores.filter((score) => score.value !== null).flatMap((score) => placeOf(score) ?? []));
  for (const score of scores) {
    const { x, interval, job_id } = score;
    const value = numberOf(score);
    const line = lineOf(score);
    if (x === null) line.gaps.push({ x, reason: 'it is nowhere on the axis', job_id, measured: true });
    else if (value === null) line.gaps.push({ x, reason: 'its score is not finite', job_id, measured: true });
    else line.points.set(x, { x, value, interval, score });
  }
  for (const gap of missing) {
    // What was measured by another job is not missing.
    if (measured.has(placeOf(gap) ?? '')) continue;
    const { gaps } = lineOf(gap);
    const { x, reason, job_id } = gap;
    if (!gaps.some((known) => known.x !== null && known.x === x)) gaps.push({ x, reason, job_id, measured: false });
  }
  const lines = [...made.values()];
  return lines.map((line) => {
    const points = [...line.points.values()].sort((a, b) => a.x - b.x);
    const gaps = line.gaps.filter(({ x }) => x === null || !line.points.has(x)).sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
    return { name: nameOf(line, lines), points, gaps, segments: segmentsOf(points, gaps) };
  });
}

/** What was evaluated; null where that cannot be said. */
const placeOf = ({ model, run, imported, checkpoint, step }: Score | MissingScore): string | null =>
  checkpoint === null ? null : JSON.stringify([model, run, imported, checkpoint, step]);

function nameOf({ run, model, imported }: Made, lines: readonly Made[]): string {
  const isShared = lines.some((line) => line.run === run && line.model !== model);
  const name = run === null ? model : isShared ? `${run} ${model}` : run;
  return imported ? `${name} (imported)` : name;
}

function segmentsOf(points: readonly ScorePoint[], gaps: readonly ScoreGap[]): ScorePoint[][] {
  const segments: ScorePoint[][] = [];
  let last: ScorePoint | undefined;
  for (const point of points) {
    const before = last?.x;
    const isBroken = before === undefined || gaps.some(({ x }) => x !== null && x > before && x < point.x);
    if (isBroken) segments.push([point]);
    else segments.at(-1)?.push(point);
    last = point;
  }
  return segments;
}
