import type { JobInfo } from '../../schemas/job/job.ts';
import { span } from '../../text/times.ts';
import { plain } from '../frame/output/cells.ts';
import { doing, idOf, nameOf, percentOf, tasksOf, waitParts } from './parts.ts';
import { failureText, headlines } from './scores.ts';
import { isOver, sorted, type WatchState } from './state.ts';

/** What there is to say of what changed between two states, a line a change: where there is no terminal. Pure. */
export function changeLines(before: WatchState, after: WatchState, now: number): string[] {
  const lines: string[] = [];
  if (after.away !== null && before.away === null) lines.push(`reconnecting: ${plain(after.away.reason)}`);
  if (after.away === null && before.away !== null) lines.push('connected again');
  if (after.paused !== before.paused) lines.push(after.paused ? 'the queue is paused' : 'the queue goes on');
  if (after.blocked !== before.blocked && after.blocked !== null) {
    lines.push(plain(`nothing can start: ${after.blocked}`));
  }
  const { running, waiting, ended } = sorted(after);
  const changed = (job: JobInfo) => {
    const known = before.jobs.get(job.job_id);
    return known === undefined || stepOf(known) !== stepOf(job);
  };
  for (const job of ended.filter(changed)) lines.push(`${headOf(job)}  ${endText(job)}`);
  for (const job of running.filter(changed)) lines.push(`${headOf(job)}  ${runText(job, now)}`);
  for (const { job, ahead } of waiting) {
    if (changed(job)) lines.push(`${headOf(job)}  waits: ${waitParts(job, ahead, now).join(', ')}`);
  }
  return lines;
}

/** What a line is worth: the state, what a run does, and each tenth of it. */
function stepOf(job: JobInfo): string {
  const { status, progress } = job;
  if (isOver(job) || status !== 'running' || progress === null) return status;
  return `${status} ${progress.phase} ${Math.floor(percentOf(job) / 10)}`;
}

const headOf = (job: JobInfo) => `${idOf(job)} ${nameOf(job)}`;

function runText(job: JobInfo, now: number): string {
  if (job.progress === null) return `runs: ${tasksOf(job, 60)}`;
  return `runs: ${Math.floor(percentOf(job))} %, ${doing(job, now).join(', ')}`;
}

function endText(job: JobInfo): string {
  const took = job.duration_seconds === null ? '' : ` in ${span(job.duration_seconds)}`;
  if (job.status === 'completed') return [`completed${took}`, ...headlines(job)].join('  ');
  return job.status === 'failed' ? `failed${took}: ${failureText(job)}` : job.status;
}
