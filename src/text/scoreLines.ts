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

type Of = Pick<Score, 'run' | 'model' | 'imported'>;
type Row = Of & Pick<Score, 'checkpoint' | 'step' | 'x'>;

const keyOf = ({ run, model, imported }: Of): string => JSON.stringify([run, model, imported]);

/** Names of lines: the run, with the model where several have it; without a run the model. What was imported has lines of its own. */
export function lineNames(rows: readonly Of[]): (of: Of) => string {
  const models = new Map<string, Set<string>>();
  for (const { run, model } of rows) {
    if (run !== null) models.set(run, (models.get(run) ?? new Set()).add(model));
  }
  return ({ run, model, imported }) => {
    const isShared = run !== null && (models.get(run)?.size ?? 0) > 1;
    const name = run === null ? model : isShared ? `${run} ${model}` : run;
    return imported ? `${name} (imported)` : name;
  };
}

/** What was asked for and has no score, also not by another job: of the same checkpoint, or of the same line at the same x. */
export function stillMissing(scores: readonly Score[], missing: readonly MissingScore[]): MissingScore[] {
  if (missing.length === 0) return [];
  const finite = scores.filter(({ value }) => value !== null);
  const places = new Set(finite.flatMap((score) => placeOf(score) ?? []));
  const xs = new Set(finite.map(placeOnLine));
  return missing.filter((gap) => !places.has(placeOf(gap) ?? '') && (gap.x === null || !xs.has(placeOnLine(gap))));
}

/** What was evaluated; null where that cannot be said. */
const placeOf = ({ model, run, imported, checkpoint, step }: Row): string | null =>
  checkpoint === null ? null : JSON.stringify([model, run, imported, checkpoint, step]);

const placeOnLine = (row: Row): string => `${keyOf(row)} ${row.x}`;

/** Scores, or what is missing, on a logarithmic axis: it has no place for zero, and for what is less. */
export const onLogAxis = <Row extends { x: number | null }>(rows: readonly Row[]): Row[] =>
  rows.map((row) => (row.x !== null && row.x <= 0 ? { ...row, x: null } : row));

type Made = { name: string; points: Map<number, ScorePoint>; gaps: ScoreGap[]; missing: Set<number> };

/**
 * Makes lines of scores that are all of one task, metric and filter. Of several at one point of the axis the newest counts.
 * @param scores in the order in which their jobs ended, with `x`. @param nameOf of {@link lineNames}, where there are more scores than these.
 */
export function makeScoreLines(
  scores: readonly Score[],
  missing: readonly MissingScore[],
  nameOf = lineNames([...scores, ...missing]),
): ScoreLine[] {
  const made = new Map<string, Made>();
  const lineOf = (of: Of): Made => {
    const key = keyOf(of);
    const known = made.get(key) ?? { name: nameOf(of), points: new Map(), gaps: [], missing: new Set() };
    made.set(key, known);
    return known;
  };
  for (const score of scores) {
    const { x, interval, job_id } = score;
    const value = numberOf(score);
    const line = lineOf(score);
    if (x === null) line.gaps.push({ x, reason: 'it is nowhere on the axis', job_id, measured: true });
    else if (value === null) line.gaps.push({ x, reason: 'its score is not finite', job_id, measured: true });
    else line.points.set(x, { x, value, interval, score });
  }
  for (const gap of stillMissing(scores, missing)) {
    const line = lineOf(gap);
    const { x, reason, job_id } = gap;
    if (x !== null && line.missing.has(x)) continue;
    if (x !== null) line.missing.add(x);
    line.gaps.push({ x, reason, job_id, measured: false });
  }
  return [...made.values()].map((line) => {
    const points = [...line.points.values()].sort((a, b) => a.x - b.x);
    const gaps = line.gaps.filter(({ x }) => x === null || !line.points.has(x)).sort((a, b) => (a.x ?? 0) - (b.x ?? 0));
    return { name: line.name, points, gaps, segments: segmentsOf(points, gaps) };
  });
}

/** Both in the order of the axis: one pass through them. No gap has the x of a point. */
function segmentsOf(points: readonly ScorePoint[], gaps: readonly ScoreGap[]): ScorePoint[][] {
  const segments: ScorePoint[][] = [];
  const xs = gaps.flatMap(({ x }) => x ?? []);
  let passed = 0;
  for (const point of points) {
    const before = passed;
    while ((xs[passed] ?? Number.POSITIVE_INFINITY) < point.x) passed += 1;
    const isJoined = passed === before && segments.length > 0;
    if (isJoined) segments.at(-1)?.push(point);
    else segments.push([point]);
  }
  return segments;
}
