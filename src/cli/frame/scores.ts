import { allDigits, type RawJson } from '../../schemas/results/exactNumber.ts';
import { type Score, scoreValue } from '../../text/scores.ts';
import type { Column } from './output/listing.ts';

/** The columns of scores. @param exact numbers as they are, for programs; else with three decimals. */
export function scoreColumns<Row extends Score>(exact: boolean): Column<Row>[] {
  const number = (value: number | RawJson | null) => {
    if (value === null) return exact ? '' : 'n/a';
    if (!exact) return scoreValue(value);
    return allDigits(value);
  };
  return [
    { name: 'task', of: ({ task }) => task, cut: true },
    { name: 'metric', of: ({ metric }) => metric, cut: true },
    { name: 'value', of: ({ value }) => number(value), right: true },
    { name: 'stderr', of: ({ stderr }) => (stderr === null ? '' : number(stderr)), right: true },
    { name: 'n', of: ({ n }) => n, right: true },
    { name: 'failed', of: ({ n_failed }) => n_failed, right: true },
    { name: 'empty', of: ({ n_empty }) => n_empty, right: true },
    {
      name: 'better',
      of: ({ higher_is_better }) => (higher_is_better === null ? '' : higher_is_better ? 'higher' : 'lower'),
      wide: true,
    },
  ];
}
