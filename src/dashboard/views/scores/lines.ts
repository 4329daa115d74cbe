import type { Score } from '../../../client/index.ts';
import { labelNumber } from '../../../schemas/values/labelNumber.ts';
import { numberOf } from '../../../text/board.ts';
import { lineNames, makeScoreLines, onLogAxis, type ScorePoint as Point } from '../../../text/scoreLines.ts';
import type { Scores } from './readScores.ts';

export type { Point };

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
  /** The name of the line of a score, or of what is missing. */
  nameOf(of: Pick<Score, 'run' | 'model' | 'imported'>): string;
};

/** Lines that are drawn at most: the ones that were measured last. */
export const MOST_LINES = 40;

export const panelKey = ({ metric, filter }: Pick<Score, 'metric' | 'filter'>): string =>
  JSON.stringify([metric, filter]);

/** Makes lines of the scores of one task. @param isLog only what is above 0 has a place on the axis. */
export function plotScores({ scores, missing }: Pick<Scores, 'scores' | 'missing'>, isLog: boolean): Plotted {
  const placed = <Row extends { x: number | null }>(rows: readonly Row[]) => (isLog ? onLogAxis(rows) : rows);
  const nameOf = lineNames([...scores, ...missing]);
  const drawable = placed(scores).filter((score) => score.x !== null && numberOf(score) !== null);
  const all = [...new Set(drawable.map(nameOf))];
  // The scores come by their ends: the lines that were measured last are the last that are new from the end.
  const newest = new Set([...new Set(drawable.map(nameOf).reverse())].slice(0, MOST_LINES));
  const names = all.filter((name) => newest.has(name));
  const indices = new Map(names.map((name, index) => [name, index]));
  const gaps = placed(missing);

  const panels = [...Map.groupBy(scores, panelKey)].map(([key, some]): Panel => {
    const [first] = some;
    const made = makeScoreLines(placed(some), gaps, nameOf);
    const offAxis = made.flatMap((line) => line.gaps).filter(({ measured }) => measured).length;
    const points = made.reduce((sum, line) => sum + line.points.length, 0);
    return {
      ...{ key, metric: first?.metric ?? '', filter: first?.filter ?? '' },
      higherIsBetter: first?.higher_is_better ?? null,
      lines: made.flatMap((line) => {
        const index = indices.get(line.name);
        if (index === undefined || line.points.length === 0) return [];
        const at = line.gaps.flatMap(({ x }) => x ?? []);
        return [{ name: line.name, index, points: line.points, gaps: [...new Set(at)] }];
      }),
      ...{ offAxis, replaced: Math.max(0, some.length - offAxis - points) },
    };
  });
  return { panels, names, undrawn: all.length - names.length, nameOf };
}

/** Labels of which some score has a number: what may be an axis. */
export function numericLabels(scores: readonly Score[]): string[] {
  const names = new Set<string>();
  for (const { labels } of scores) {
    for (const [name, value] of Object.entries(labels)) {
      if (labelNumber(value) !== null) names.add(name);
    }
  }
  return [...names].sort();
}
