import type { JobRecord } from '../schemas/jobRecord.ts';

/**
 * The tasks of an ended job that have no results, in the order of the request. A completed job has results for all of
 * them: that is what completed means. A failed one has them for none, unless its results were found and were too few.
 */
export function tasksWithoutResults({ request, outcome }: Pick<JobRecord, 'request' | 'outcome'>): string[] {
  if (outcome?.status === 'completed') return [];
  if (outcome?.kind !== 'incompleteResults' && outcome?.kind !== 'failedAnswers') return request.tasks;
  const missing = new Set(outcome.missing);
  return request.tasks.filter((task) => missing.has(task));
}
