import { createStore } from '@xstate/store';
import type { Row } from './row.ts';

/** What of a job says what may be done to it. */
export type Selected = Pick<Row, 'job_id' | 'status' | 'stop_requested' | 'submitted_by' | 'imported'>;

type SelectionState = {
  rows: ReadonlyMap<string, Selected>;
  /** All jobs that the filter finds are meant, also those that have not been listed. */
  isAll: boolean;
  /** The row that was chosen last: a range begins there. */
  anchor: string | null;
};

const none: SelectionState = { rows: new Map(), isAll: false, anchor: null };

/** The jobs that are to be acted on. */
export function createSelection() {
  return createStore({
    context: none,
    on: {
      'row.toggled': ({ rows }, { row }: { row: Selected }) => {
        const changed = new Map(rows);
        if (!changed.delete(row.job_id)) changed.set(row.job_id, row);
        return { rows: changed, isAll: false, anchor: row.job_id };
      },
      /** All between the last one and this are chosen, too. */
      'rows.added': ({ rows }, { rows: more, anchor }: { rows: readonly Selected[]; anchor: string | null }) => ({
        ...{ rows: new Map([...rows, ...more.map((row) => [row.job_id, row] as const)]), isAll: false, anchor },
      }),
      'all.meant': ({ rows }) => ({ rows, isAll: true, anchor: null }),
      cleared: () => none,
    },
  });
}

export type Selection = ReturnType<typeof createSelection>;
