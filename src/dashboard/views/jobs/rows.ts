import type { Row } from './row.ts';

/** The rows that have come, in order, and which of them may not be as their jobs are. It is changed and not copied: there are many. */
export function createRows() {
  const rows: Row[] = [];
  const indices = new Map<string, number>();
  const stale = new Set<string>();
  return {
    get count(): number {
      return rows.length;
    },
    all: (): readonly Row[] => rows,
    at: (index: number): Row | undefined => rows[index],
    /** -1: there is none. */
    indexOf: (id: string): number => indices.get(id) ?? -1,
    has: (id: string): boolean => indices.has(id),
    append: (more: readonly Row[]): void => {
      for (const row of more) {
        if (indices.has(row.job_id)) continue;
        indices.set(row.job_id, rows.length);
        rows.push(row);
      }
    },
    /** Shows a job as it is now, where it stands. */
    put: (row: Row): void => {
      const index = indices.get(row.job_id);
      if (index !== undefined) rows[index] = row;
    },
    isStale: (id: string): boolean => stale.has(id),
    setStale: (id: string, is: boolean): void => {
      if (!is) stale.delete(id);
      else if (indices.has(id)) stale.add(id);
    },
    setAllStale: (): void => {
      for (const { job_id } of rows) stale.add(job_id);
    },
  };
}

export type Rows = ReturnType<typeof createRows>;
