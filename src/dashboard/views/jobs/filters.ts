import type { JobsFilter } from '../../../client/index.ts';
import { type JobStatus, jobStatusSchema } from '../../../schemas/job/job.ts';

/** Which jobs are listed, and in which order: all of it stands in the address. */
export type JobsView = {
  status?: JobStatus | undefined;
  model?: string | undefined;
  task?: string | undefined;
  /** Name and value: `run:r7`. */
  label?: string | undefined;
  submitted_by?: string | undefined;
  /** Texts with blanks between them. */
  q?: string | undefined;
  order: 'newest' | 'oldest';
};

export const statuses: readonly JobStatus[] = jobStatusSchema.options;

/** Reads the query of an address; what cannot be a filter is left out. */
export function readView(query: URLSearchParams): JobsView {
  const text = (name: string) => query.get(name)?.trim() || undefined;
  const status = text('status');
  const label = text('label');
  return {
    status: statuses.find((known) => known === status),
    model: text('model'),
    task: text('task'),
    label: label !== undefined && /^[^:]+:/.test(label) ? label : undefined,
    submitted_by: text('submitted_by'),
    q: text('q'),
    order: query.get('order') === 'oldest' ? 'oldest' : 'newest',
  };
}

/** The query of the address that shows this; what is usual is left out. */
export const viewQuery = ({ order, ...filter }: JobsView) => ({
  ...filter,
  order: order === 'oldest' ? order : undefined,
});

/** What the server is asked for. */
export function filterOf({ order, ...filter }: JobsView): Omit<JobsFilter, 'order' | 'limit' | 'cursor'> {
  return filter;
}

/** Whether all jobs are listed. */
export const isUnfiltered = (view: JobsView): boolean =>
  Object.values(filterOf(view)).every((value) => value === undefined);

/** One text for one view: equal for equal ones. */
export const viewKey = (view: JobsView): string => JSON.stringify(viewQuery(readView(toQuery(view))));

function toQuery(view: JobsView): URLSearchParams {
  const entries = Object.entries(viewQuery(view)).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  );
  return new URLSearchParams(entries);
}
