import type { Figures, Subject } from '../figures.ts';

/** Whether a figure of evald's is at least so many times that of another subject. */
export const atLeast =
  (times: number, figure: string, than: Subject, base = figure) =>
  (figures: Figures) => {
    const ratio = figures.ratio([figure, 'evald'], [base, than]);
    return ratio === undefined ? undefined : ratio >= times;
  };

/** Whether a figure of evald's is less than a limit. */
export const below = (limit: number, figure: string) => (figures: Figures) => {
  const value = figures.of(figure, 'evald');
  return value === undefined ? undefined : value < limit;
};

/** Whether all of these are met; undefined where one is not measured and none is missed. */
export const all =
  (...conditions: ((figures: Figures) => boolean | undefined)[]) =>
  (figures: Figures) => {
    const met = conditions.map((isMet) => isMet(figures));
    return met.includes(false) ? false : met.includes(undefined) ? undefined : true;
  };
