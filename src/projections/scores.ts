import type { ScoreSource, StoredScore, UnscoredJob } from '../machines/ports/journal.ts';
import { shownNumber } from '../schemas/results/exactNumber.ts';
import type { MissingScore, Score } from '../schemas/scores/score.ts';
import { labelNumber } from '../schemas/values/labelNumber.ts';
import { ownValue } from '../schemas/values/ownValue.ts';
import { formatTime } from '../schemas/values/time.ts';
import { scoreInterval } from '../scores/band.ts';

/** What scores stand on: the time at which their jobs ended, or a label that is a number. */
export type Axis = { kind: 'time' } | { kind: 'label'; name: string };

/** The axis of a query: `time`, `label:step`; null where none was asked for. */
export function readAxis(x: string | undefined): Axis | null {
  if (x === undefined) return null;
  return x === 'time' ? { kind: 'time' } : { kind: 'label', name: x.slice('label:'.length) };
}

/** A score as clients see it: with what made it, and where it stands on an axis. */
export function showScore(stored: StoredScore, axis: Axis | null): Score {
  const { source, value, stderr, n } = stored;
  return {
    ...madeBy(source, axis),
    submitted_by: source.submittedBy,
    completed_at: formatTime(source.endedAt),
    task: stored.task,
    metric: stored.metric,
    filter: stored.filter,
    value: shownNumber(value),
    stderr: shownNumber(stderr),
    interval: scoreInterval({ value: doubleOf(value), stderr: doubleOf(stderr), n }),
    n,
    higher_is_better: stored.higherIsBetter,
    is_group: stored.isGroup,
    harness: source.harness,
    harness_version: source.harnessVersion,
    task_version: stored.taskVersion,
    num_fewshot: stored.numFewshot,
    git_hash: source.gitHash,
    num_gpus: source.numGpus,
    seed: source.seed,
  };
}

/** What a job was asked for and has no score of, a row a task. */
export function showMissing(job: UnscoredJob, axis: Axis | null): MissingScore[] {
  const made = madeBy(job, axis);
  const { status, failureKind, endedAt } = job;
  const reason = failureKind === null ? reasons[status] : `failed (${failureKind})`;
  const ended_at = endedAt === null ? null : formatTime(endedAt);
  return job.tasks.map((task) => ({ ...made, task, status, failure_kind: failureKind, reason, ended_at }));
}

const reasons: { [Status in UnscoredJob['status']]: string } = {
  queued: 'queued',
  running: 'running',
  completed: 'completed without a score',
  failed: 'failed',
  cancelled: 'cancelled',
};

type Source = Pick<ScoreSource, 'jobId' | 'imported' | 'model' | 'checkpoint' | 'labels'> & { endedAt: number | null };

function madeBy({ jobId, imported, model, checkpoint, labels, endedAt }: Source, axis: Axis | null) {
  const run = ownValue(labels, 'run');
  return {
    job_id: jobId,
    imported,
    model,
    checkpoint,
    run: run === undefined ? null : String(run),
    step: labelNumber(ownValue(labels, 'step')),
    labels,
    x:
      axis === null
        ? null
        : axis.kind === 'time'
          ? endedAt && endedAt / 1_000
          : labelNumber(ownValue(labels, axis.name)),
  };
}

const doubleOf = (number: StoredScore['value']): number | null =>
  typeof number === 'object' && number !== null ? Number(number.exact) : number;
