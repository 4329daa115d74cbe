/** What jobs are called and what is said of them, as text: the same everywhere on the page. */
import type { JobInfo, RawJson, ShownMetrics } from '../client/index.ts';

/** Characters of an id that are shown: as many as tell a few thousand jobs apart. */
const SHORT_ID = 8;

export const shortId = (id: string): string => id.slice(0, SHORT_ID);

/** The checkpoint that is evaluated: the last two parts of its path; null where the request names none. */
export function checkpointOf({ model_args: args }: JobInfo['request']): string | null {
  const path = args?.['pretrained'];
  return typeof path === 'string' ? path.split('/').filter(Boolean).slice(-2).join('/') : null;
}

/** The whole of it, as the request has it. */
export function checkpointPath({ model_args: args }: JobInfo['request']): string | null {
  const path = args?.['pretrained'];
  return typeof path === 'string' ? path : null;
}

/** A score with three decimals; what a double cannot hold as the harness wrote it. */
export function scoreValue(value: number | RawJson | null): string {
  if (value === null) return 'n/a';
  return typeof value === 'number' ? value.toFixed(3) : value.rawJSON;
}

export type Headline = { task: string; metric: string; text: string; more: number };

/** The first score of a job, `0.513 ± 0.012`, and how many more there are; null: it has none. */
export function headlineOf(job: Pick<JobInfo, 'metrics' | 'partial_metrics'>): Headline | null {
  const scores = scoreRows(job.metrics ?? job.partial_metrics ?? {});
  const [first] = scores;
  if (first === undefined) return null;
  const stderr = first.stderr === null ? '' : ` ± ${scoreValue(first.stderr)}`;
  return { task: first.task, metric: first.metric, text: scoreValue(first.value) + stderr, more: scores.length - 1 };
}

export type ScoreRow = { task: string; metric: string } & ShownMetrics[string][string];

/** The scores of a job, a row a metric. */
export function scoreRows(metrics: ShownMetrics): ScoreRow[] {
  return Object.entries(metrics).flatMap(([task, row]) =>
    Object.entries(row).map(([metric, score]) => ({ task, metric, ...score })),
  );
}

/** Why a job failed or was cancelled, in one line. */
export function causeOf({ error, failure_kind: kind }: Pick<JobInfo, 'error' | 'failure_kind'>): string {
  const lines = (error ?? '').split('\n').map((line) => line.trim());
  const first = (lines[0] ?? '').split('Last lines of ', 1)[0]?.trim() ?? '';
  // `exited` alone says nothing where no cause is known: the last line of the log then says more.
  const isBare = /^Evaluation failed with return code -?\d+\.?$/.test(first);
  const cause = isBare ? `${first} ${lines.findLast((line) => line !== '') ?? ''}` : first;
  return cause.trim() === '' ? (kind ?? '') : cause.trim();
}

/** Why a job waits, behind its name: `is next, …`, `waits for …`; null when it does not wait. */
export function waitText(waiting: JobInfo['waiting_for']): string | null {
  if (waiting === null) return null;
  switch (waiting.kind) {
    case 'jobs':
      return waiting.ahead === 1 ? 'has 1 job ahead' : `has ${count(waiting.ahead)} jobs ahead`;
    case 'slot':
      return 'is next, as soon as a run ends';
    case 'devices':
      return `is next, when ${waiting.needed === 1 ? '1 device is' : `${waiting.needed} devices are`} free (${waiting.free} now)`;
    case 'folder':
      return `waits for its folder, which job ${shortId(waiting.job_id)} writes to`;
    case 'checkpoint':
      return `waits for its checkpoint: ${waiting.file}`;
    case 'after':
      return waiting.job_ids.length === 1
        ? `waits for job ${shortId(waiting.job_ids[0] ?? '')}`
        : `waits for ${waiting.job_ids.length} jobs that come before it`;
    case 'pause':
      return 'waits while the queue is paused';
    case 'journal':
      return 'waits until its start is on disk';
    case 'shutdown':
      return 'waits for the next start of the server';
    case 'blocked':
      return `waits while nothing can be started: ${waiting.reason}`;
  }
}

/** `run=r7 step=12000` */
export const labelTexts = (labels: JobInfo['labels']): string[] =>
  Object.entries(labels).map(([name, value]) => `${name}=${value}`);

/** A count with thousands apart: 12,345. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** Bytes, short: 12 B, 3.4 MB. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** A moment on the reader's clock: 12:03:20; of another day with its date. */
export function clockTime(time: string | number, now = new Date()): string {
  const date = new Date(time);
  const clock = date.toLocaleTimeString('en-GB');
  return date.toDateString() === now.toDateString() ? clock : `${date.toLocaleDateString('en-CA')} ${clock}`;
}
