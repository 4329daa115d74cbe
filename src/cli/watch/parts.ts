import type { JobInfo } from '../../schemas/job/job.ts';
import type { WaitingFor } from '../../schemas/queue/waitingFor.ts';
import { amountOf, shortId } from '../../text/jobs.ts';
import { rateText } from '../../text/rate.ts';
import { span } from '../../text/times.ts';
import { plain } from '../frame/output/cells.ts';
import { asManyAs, coming } from './text.ts';

/** As much of an id as tells jobs apart. */
export const idOf = ({ job_id: id }: Pick<JobInfo, 'job_id'>): string => shortId(plain(id));

/** What a job is of: its model, and which of its checkpoints. */
export function nameOf({ request }: JobInfo): string {
  const { model, model_args: args } = request;
  const path = typeof args === 'object' && args !== null ? args['pretrained'] : undefined;
  const last = typeof path === 'string' ? path.split('/').findLast((part) => part !== '') : undefined;
  return plain(last === undefined || last === model ? model : `${model} ${last}`);
}

/** Its tasks, of which the last ones are only counted where not all fit. */
export const tasksOf = ({ request }: JobInfo, width: number): string =>
  asManyAs(request.tasks.map(plain), width, { separator: ' ', counted: true });

/** How far it is: of 100, as it says. 0 until it says anything. */
export const percentOf = ({ progress }: JobInfo): number => Math.min(100, Math.max(0, progress?.percent ?? 0));

/** A bar of so many columns. */
export function bar(percent: number, width: number): { done: string; left: string } {
  const filled = Math.round((percent / 100) * width);
  return { done: '█'.repeat(filled), left: '░'.repeat(width - filled) };
}

/** What a job that runs does: `evaluating 120/900`, its rate, when it may end. The first parts matter most. */
export function doing(job: JobInfo, now: number): string[] {
  const { progress, backend, waiting_for: held, stop_requested: stop, expected_end_at: end, started_at: start } = job;
  if (stop !== null) return ['is being stopped'];
  if (held !== null) return [waitText(held)];
  const parts: string[] = [];
  const under = job.parts?.find(({ status }) => status === 'running');
  if (under !== undefined && job.parts !== null && job.parts.length > 1) {
    parts.push(plain(`${under.task} (${under.number} of ${job.parts.length})`));
  }
  if (progress !== null) {
    parts.push(plain(`${progress.phase} ${progress.done}/${progress.total}`));
    if (progress.rate !== null) parts.push(`${rateText(progress.rate)}/s`);
  } else if (backend !== null && backend.node === null) {
    parts.push(plain(`${backend.state ?? 'waits'} in ${backend.name}`));
  } else {
    parts.push('starting');
  }
  if (end !== null) parts.push(`ends ${coming(Date.parse(end), now)}`);
  else if (start !== null) parts.push(`for ${span((now - Date.parse(start)) / 1_000)}`);
  return parts;
}

/** What a job that waits waits for. */
export function waitText(held: WaitingFor): string {
  switch (held.kind) {
    case 'jobs':
      return held.ahead === 1 ? '1 ahead' : `${held.ahead} ahead`;
    case 'slot':
      return 'next, when a slot is free';
    case 'engine':
      return `next, when one of the ${held.pending} that wait on the engine begins`;
    case 'devices':
      return `next, when ${held.needed} devices are free (${held.free} now)`;
    case 'capacity':
      return `next, when ${amountOf(held.what, held.needed)} are free (${amountOf(held.what, held.free)} now)`;
    case 'folder':
      return plain(`next, when ${shortId(held.job_id)} leaves its folder`);
    case 'checkpoint':
      return plain(`waits for the file ${held.file}`);
    case 'after':
      return plain(`after ${held.job_ids.map(shortId).join(' ')}`);
    case 'pause':
      return 'the queue is paused';
    case 'journal':
      return 'about to start';
    case 'shutdown':
      return 'starts with the next server';
    case 'blocked':
      return plain(`nothing can start: ${held.reason}`);
  }
}

/** Where a job that waits stands, and why. @param ahead jobs before it, as was heard last. */
export function waitParts(job: JobInfo, ahead: number, now: number): string[] {
  const { waiting_for: held, expected_start_at: start } = job;
  // The queue is heard of more often than each job in it.
  const isCount =
    held === null || held.kind === 'jobs' || ((held.kind === 'slot' || held.kind === 'engine') && ahead > 0);
  const parts = [waitText(isCount ? { kind: 'jobs', ahead } : held)];
  if (start !== null && Date.parse(start) > now) parts.push(`starts ${coming(Date.parse(start), now)}`);
  return parts;
}
