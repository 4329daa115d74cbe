import type { JobInfo } from '../../../client/index.ts';
import { causeOf, checkpointName, checkpointPath, engineWait, labelTexts, waitText } from '../../../text/jobs.ts';
import { firstScore, scoreText } from '../../../text/scores.ts';

/** What the list shows of a job, and nothing more: there may be 100,000 of them. */
export type Row = Pick<JobInfo, 'job_id' | 'status' | 'stop_requested' | 'submitted_by' | 'priority' | 'imported'> & {
  /** The checkpoint, or else the model. */
  name: string;
  /** The whole path of the checkpoint; empty: there is none. */
  path: string;
  model: string;
  tasks: string;
  labels: readonly string[];
  node: string | null;
  created: string;
  started: string | null;
  ended: string | null;
  /** Seconds it ran. */
  seconds: number | null;
  /** The first score with its error, and of what it is. */
  score: { text: string; of: string } | null;
  /** What it waits for, or why it failed. */
  reason: string;
  /** How far a run is; null: not known yet. */
  percent: number | null;
  /** It is no longer kept by the server. */
  isGone: boolean;
};

/** Characters that are kept of a text: a row shows fewer. */
const MOST = 240;
const MOST_LABELS = 8;

/** Makes a row of a job. Its texts are copies: pieces of a long text would keep the whole of it in memory. */
export function rowOf(job: JobInfo): Row {
  const { request, progress, completed_at: ended } = job;
  const headline = job.status === 'completed' ? firstScore(job) : null;
  return structuredClone({
    job_id: job.job_id,
    status: job.status,
    stop_requested: job.stop_requested,
    submitted_by: job.submitted_by,
    priority: job.priority,
    imported: job.imported && cut(job.imported),
    name: cut(checkpointName(request) || request.model),
    path: cut(checkpointPath(request) ?? ''),
    model: cut(request.model),
    tasks: cut(request.tasks.slice(0, 40).join(', ')),
    labels: labelTexts(job.labels).slice(0, MOST_LABELS).map(cut),
    node: job.backend?.node ?? null,
    created: job.created_at,
    started: job.started_at,
    ended,
    seconds: job.duration_seconds,
    score: headline && {
      text: cut(scoreText(headline.score)),
      of: cut(`${headline.score.task} ${headline.score.metric}${headline.more > 0 ? `, ${headline.more} more` : ''}`),
    },
    reason: cut(ended === null ? (engineWait(job) ?? waits(job)) : causeOf(job).replace(GENERAL, '')),
    percent: progress?.percent ?? null,
    isGone: false,
  });
}

/** What stands before the cause of many failures, and tells none from another. */
const GENERAL = /^Evaluation failed: (?:Error during evaluation: )?/;

const cut = (text: string): string => text.slice(0, MOST);

const waits = ({ waiting_for: waiting }: JobInfo): string => waitText(waiting) ?? '';
