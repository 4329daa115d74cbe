/** What is said of the runs of a job, of its tasks and of attempts, as text: the same at a terminal and on the page. */
import type { JobAttempt, JobPart } from '../schemas/job/job.ts';
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

/** An attempt in one line: `1 preempted on n1 after 3m10s: Evaluation had to make room`. */
export function attemptText(attempt: JobAttempt): string {
  const { number, part, failure_kind: kind, node, error } = attempt;
  const took = tookText(attempt);
  const of = part === null ? '' : ` of part ${part}`;
  return `${number}${of} ${kind}${node === null ? '' : ` on ${node}`}${took === '' ? '' : ` after ${took}`}: ${error}`;
}
