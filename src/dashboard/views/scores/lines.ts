import type { MissingScore, Score } from '../../../client/index.ts';
import { nameOf, numberOf, type Scores } from './readScores.ts';

/** A score where it stands in a plot. */
export type Point = { x: number; value: number; interval: readonly [number, number] | null; score: Score };

/** The scores of one run. */
export type Line = {
  name: string;
  /** Which of all lines it is: its colour, dashes and marks go by it. */
  index: number;
  /** By rising x, each x once. */
  points: readonly Point[];
  /** Where a result was asked for and there is none. */
  gaps: readonly number[];
};

/** One metric by one filter. */
export type Panel = {
  key: string;
  metric: string;
  filter: string;
  higherIsBetter: boolean | null;
  lines: readonly Line[];
  /** Scores that have no point: nowhere on the axis, or not finite. */
  offAxis: number;
  /** Scores of the same run and x of which a newer one is drawn. */
  replaced: number;
};

/** What is drawn of scores, and what is not. */
export type Plotted = {
  panels: readonly Panel[];
  /** Names of the lines, in the order of their indices. */
  names: readonly string[];
  /** Lines that are not drawn, for there are too many. */
  undrawn: number;
};

/** Lines that are drawn at most: the ones that were measured last. */
export const MOST_LINES = 40;

/** The name of the line on which a score is: its run, else its checkpoint, else its model. */
export const lineOf = (of: Pick<Score, 'run' | 'checkpoint' | 'model'>): string => of.run ?? nameOf(of);

export const panelKey = ({ metric, filter }: Pick<Score, 'metric' | 'filter'>): string =>
  JSON.stringify([metric, filter]);

/** Makes lines of the scores of one task. @param isLog only what is above 0 has a place on the axis. */
export function plotScores({ scores, missing }: Pick<Scores, 'scores' | 'missing'>, isLog: boolean): Plotted {
  const isOnAxis = (x: number | null): x is number => x !== null && (!isLog || x > 0);
  const drawable = scores.filter(({ x, value }) => isOnAxis(x) && numberOf(value) !== null);
  const all = [...new Set(drawable.map(lineOf))];
  // The scores come by their ends: the lines that were measured last are the last that are new from the end.
  const newest = new Set([...new Set(drawable.map(lineOf).reverse())].slice(0, MOST_LINES));
  const names = all.filter((name) => newest.has(name));
  const indices = new Map(names.map((name, index) => [name, index]));

  const gapsOf = Map.groupBy(missing, lineOf);
  const panels = [...Map.groupBy(scores, panelKey)].map(([key, some]): Panel => {
    const [first] = some;
    let offAxis = 0;
    let replaced = 0;
    const lines = new Map<string, Map<number, Point>>();
    for (const score of some) {
      const value = numberOf(score.value);
      if (value === null || !isOnAxis(score.x)) {
        offAxis += 1;
        continue;
      }
      const name = lineOf(score);
      if (!newest.has(name)) continue;
      const points = lines.get(name) ?? new Map<number, Point>();
      lines.set(name, points);
      if (points.has(score.x)) replaced += 1;
      points.set(score.x, { x: score.x, value, interval: score.interval, score });
    }
    return {
      ...{ key, metric: first?.metric ?? '', filter: first?.filter ?? '' },
      higherIsBetter: first?.higher_is_better ?? null,
      lines: [...lines].map(([name, points]) => ({
        name,
        index: indices.get(name) ?? 0,
        points: [...points.values()].sort((a, b) => a.x - b.x),
        gaps: gapsIn(gapsOf.get(name) ?? [], points, isOnAxis),
      })),
      ...{ offAxis, replaced },
    };
  });
  return { panels, names, undrawn: all.length - names.length };
}

function gapsIn(
  missing: readonly MissingScore[],
  points: ReadonlyMap<number, Point>,
  isOnAxis: (x: number | null) => x is number,
): number[] {
  const at = missing.map(({ x }) => x).filter(isOnAxis);
  return [...new Set(at)].filter((x) => !points.has(x)).sort((a, b) => a - b);
}

/** What was asked for and has no score, also not by another job of the same run at the same x. */
export function stillMissing({ scores, missing }: Pick<Scores, 'scores' | 'missing'>): MissingScore[] {
  const known = new Set(scores.map((score) => JSON.stringify([score.task, lineOf(score), score.x])));
  return missing.filter((one) => one.x === null || !known.has(JSON.stringify([one.task, lineOf(one), one.x])));
}

/** Labels of which some score has a number: what may be an axis. */
export function numericLabels(scores: readonly Score[]): string[] {
  const names = new Set<string>();
  for (const { labels } of scores) {
    for (const [name, value] of Object.entries(labels)) {
      if (value !== '' && Number.isFinite(Number(value))) names.add(name);
    }
  }
  return [...names].sort();
}
