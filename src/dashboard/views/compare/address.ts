import type { TaskComparison } from '../../../client/index.ts';

/** What is compared, and what of it is shown large: all of it stands in the address. */
export type CompareView = {
  /** Ids, or the beginnings of them; undefined: not chosen yet. */
  a: string | undefined;
  b: string | undefined;
  allowUnpaired: boolean;
  /** The score that is shown large; null: none is chosen. */
  of: { task: string; metric: string; filter: string } | null;
  flips: FlipFilter;
  /** Which of the flips is shown, from 1. */
  flip: number;
};

export const flipFilters = ['all', 'better', 'worse'] as const;
export type FlipFilter = (typeof flipFilters)[number];

export function readCompareView(query: URLSearchParams): CompareView {
  const text = (name: string) => query.get(name)?.trim() || undefined;
  const task = query.get('task');
  return {
    a: text('a'),
    b: text('b'),
    allowUnpaired: query.get('unpaired') === 'allowed',
    of: task === null ? null : { task, metric: query.get('metric') ?? '', filter: query.get('filter') ?? '' },
    flips: flipFilters.find((name) => name === query.get('flips')) ?? 'all',
    flip: Math.max(1, Math.trunc(Number(query.get('flip') ?? 1)) || 1),
  };
}

/** One text for one score. */
export const scoreKey = ({ task, metric, filter }: Pick<TaskComparison, 'task' | 'metric' | 'filter'>): string =>
  JSON.stringify([task, metric, filter]);
