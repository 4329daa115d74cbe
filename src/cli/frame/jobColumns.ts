import type { JobInfo } from '../../schemas/job/job.ts';
import { checkpointPath, engineWait, labelTexts, shortId } from '../../text/jobs.ts';
import { firstScore, scoreText } from '../../text/scores.ts';
import { ago, span } from '../../text/times.ts';
import type { Color, Column } from './output/listing.ts';

const colors: { [status in JobInfo['status']]?: Color } = {
  running: 'cyan',
  completed: 'green',
  failed: 'red',
  cancelled: 'magenta',
};

/** The colour of a job, by its state. */
export const jobColor = ({ status }: Pick<JobInfo, 'status'>): Color | undefined => colors[status];

/** The columns of a list of jobs. */
export const jobColumns: readonly Column<JobInfo>[] = [
  { name: 'id', of: ({ job_id }) => shortId(job_id) },
  { name: 'status', of: ({ status }) => status, color: jobColor },
  { name: 'model', of: ({ request }) => request.model, cut: true },
  { name: 'tasks', of: ({ request }) => request.tasks.join(','), cut: true },
  { name: 'score', of: headline, cut: true },
  { name: 'note', of: noteOf, cut: true },
  { name: 'created', of: ({ created_at }) => ago(created_at), right: true },
  { name: 'ran', of: ranOf, right: true },
  { name: 'labels', of: ({ labels }) => labelText(labels), wide: true, cut: true },
  { name: 'checkpoint', of: ({ request }) => checkpointPath(request) ?? '', wide: true, cut: true },
  { name: 'priority', of: ({ priority }) => priority, wide: true, right: true },
  { name: 'by', of: ({ submitted_by }) => submitted_by, wide: true },
  { name: 'job_id', of: ({ job_id }) => job_id, wide: true },
  { name: 'created_at', of: ({ created_at }) => created_at, wide: true },
];

/** Labels as one text: `run=r7 step=12000`. */
export const labelText = (labels: JobInfo['labels']): string => labelTexts(labels).join(' ');

/** The first score of a job: `0.512 ±0.016 mmmu_val acc`; with how many more there are. */
export function headline(job: Pick<JobInfo, 'metrics' | 'partial_metrics'>): string {
  const first = firstScore(job);
  if (first === null) return '';
  const { score, more } = first;
  return `${scoreText(score, ' ±')} ${score.task} ${score.metric}${more > 0 ? ` (+${more})` : ''}`;
}

/** What there is to say of a job beside its state: what it waits for, how far it is, why it failed, that it was imported. */
export function noteOf(job: JobInfo): string {
  const { status, waiting_for, position_in_queue, progress, error, stop_requested } = job;
  if (job.imported !== null) return 'imported';
  if (status === 'running') {
    if (stop_requested !== null) return 'stopping';
    const waits = engineWait(job);
    if (waits !== null) return waits;
    return progress === null ? '' : `${Math.round(progress.percent)}% ${progress.phase}`;
  }
  if (status === 'queued') {
    const kind = waiting_for?.kind;
    return kind === undefined || kind === 'jobs' ? `${position_in_queue ?? '?'} ahead` : `waits: ${kind}`;
  }
  return error?.split('\n', 1)[0] ?? '';
}

function ranOf({ started_at, completed_at, duration_seconds }: JobInfo): string {
  if (duration_seconds !== null) return span(duration_seconds);
  if (started_at === null || completed_at !== null) return '';
  return span(Math.max(0, (Date.now() - Date.parse(started_at)) / 1_000));
}
