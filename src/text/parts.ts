/** What is said of the tasks of a split job, as text: the same at a terminal and on the page. */
import type { JobPart } from '../schemas/job/job.ts';
import { span } from './times.ts';

/** How long the run of a part took; empty while it has not ended. */
export function tookText({
  started_at: start,
  completed_at: end,
}: Pick<JobPart, 'started_at' | 'completed_at'>): string {
  return start === null || end === null ? '' : span(Math.max(0, Date.parse(end) - Date.parse(start)) / 1_000);
}

/** A part in one line: `2 mmmu_val failed 3m10s: Evaluation failed with return code 1`. */
export function partText(part: JobPart): string {
  const took = tookText(part);
  const what = `${part.number} ${part.task} ${part.status}${took === '' ? '' : ` ${took}`}`;
  return part.error === null ? what : `${what}: ${part.error}`;
}
