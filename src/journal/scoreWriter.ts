import type { DatabaseSync } from 'node:sqlite';
import type { CompletedOutcome, Metric, Metrics } from '../schemas/job/outcome.ts';
import type { Provenance } from '../schemas/job/provenance.ts';
import type { ExactNumber } from '../schemas/results/exactNumber.ts';
import { splitMetricName } from '../schemas/results/metricName.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import type { JobOptions } from '../schemas/submission/jobOptions.ts';
import { ownValue } from '../schemas/values/ownValue.ts';
import { labelKey } from './labelKey.ts';
import { PLACES } from './scorePosition.ts';
import { transaction } from './transaction.ts';

/** A job that has completed, as its end is recorded. */
export type ScoredJob = {
  /** The number of the event with which it ended. */
  number: number;
  jobId: string;
  /** Milliseconds since 1970, and of the journal's own time; null: not measured. */
  at: number;
  monotonic: number | null;
  /** Whether it is an earlier run, read from its files. */
  imported?: boolean;
  outcome: CompletedOutcome;
};

/** Writes the scores of a job whose row is there, and what made them. To be called in the transaction in which it ends. */
export type WriteScores = (job: ScoredJob) => void;

/** The setting that says that jobs which completed before there was the table have no rows in it yet. */
const DUE = 'scores_due';

/** Prepares the statements that keep scores. */
export function createScoreWriter(database: DatabaseSync): WriteScores {
  const askedBy = database.prepare('SELECT model, request, options, submitted_by FROM jobs WHERE job_id = ?');
  const insertJob = database.prepare(
    `INSERT INTO score_jobs (number, job_id, ended_at, ended_monotonic, imported, model, checkpoint, labels, unscored,
       submitted_by, harness, harness_version, git_hash, seed, num_gpus, sample_limit)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertLabel = database.prepare('INSERT INTO score_labels (label, job) VALUES (?, ?)');
  const insertScore = database.prepare(
    `INSERT INTO scores (job, place, task, metric, filter, value, stderr, n, higher_is_better, is_group, task_version, num_fewshot)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );

  return ({ number, jobId, at, monotonic, imported = false, outcome }) => {
    const row = askedBy.get(jobId);
    if (row === undefined) throw new Error(`job ${jobId} is not in the journal`);
    const request: EvaluateRequest = JSON.parse(String(row['request']));
    const { labels = {} }: Partial<JobOptions> = JSON.parse(String(row['options']));
    const { metrics, provenance } = outcome;
    const pretrained = request.model_args?.['pretrained'];
    const made = [provenance?.harness, provenance?.harness_version, provenance?.git_hash, provenance?.seed];
    insertJob.run(
      ...[number, jobId, at, monotonic, Number(imported)],
      ...[String(row['model']), typeof pretrained === 'string' ? pretrained : null],
      ...[JSON.stringify(labels), JSON.stringify(unscoredTasks(request.tasks, metrics, provenance))],
      ...[row['submitted_by'] ?? null, ...made.map((text) => text ?? null)],
      // Of an earlier run it is not known.
      ...[imported ? null : integerOrNull(request.num_gpus), limitOf(request)],
    );
    for (const [name, value] of Object.entries(labels)) insertLabel.run(labelKey(name, value), number);
    for (const [place, score] of scoresOf(metrics).entries()) {
      const { task, metric, filter, value, stderr, n, higher_is_better: isHigherBetter } = score;
      const about = ownValue(provenance?.tasks, task);
      insertScore.run(
        ...[number, place, task, metric, filter, textOf(value), textOf(stderr), integerOrNull(n)],
        ...[typeof isHigherBetter === 'boolean' ? Number(isHigherBetter) : null, Number(isGroup(provenance, task))],
        ...[about?.version ?? null, integerOrNull(about?.num_fewshot)],
      );
    }
  };
}

/**
 * Writes the scores of jobs that completed before there was a table for them, of what is kept of their ends. All or none: one
 * that was ended on the way is done again. A job whose row cannot be read is left out; `evald journal check` names it.
 */
export function writeOldScores(database: DatabaseSync): void {
  if (database.prepare('SELECT 1 FROM settings WHERE name = ?').get(DUE) === undefined) return;
  const completed = database.prepare(
    "SELECT end_turn, job_id, ended_at, ended_monotonic, outcome FROM jobs WHERE status = 'completed' ORDER BY end_turn",
  );
  transaction(database, () => {
    const write = createScoreWriter(database);
    for (const row of completed.iterate()) {
      const outcome = parsed(row['outcome']);
      if (outcome === null) continue;
      const monotonic = row['ended_monotonic'] === null ? null : Number(row['ended_monotonic']);
      write({
        number: Number(row['end_turn']),
        jobId: String(row['job_id']),
        at: Number(row['ended_at']),
        monotonic,
        outcome,
      });
    }
    database.prepare('DELETE FROM settings WHERE name = ?').run(DUE);
  });
}

function parsed(text: unknown): CompletedOutcome | null {
  try {
    const outcome: CompletedOutcome = JSON.parse(String(text));
    return typeof outcome?.metrics === 'object' ? outcome : null;
  } catch {
    return null;
  }
}

type NamedMetric = Metric & { task: string; metric: string; filter: string };

function scoresOf(metrics: Metrics): NamedMetric[] {
  const all = Object.entries(metrics).flatMap(([task, row]) =>
    Object.entries(row).map(([name, numbers]) => ({ ...numbers, task, ...splitMetricName(name, numbers.filter) })),
  );
  return all.slice(0, PLACES);
}

/**
 * What was asked for and has no score. Whether a tag, a wildcard or a path is whole is not known: they are not among it, unless
 * there is no score at all; a group is not where one of its parts has a score.
 */
function unscoredTasks(tasks: readonly string[], metrics: Metrics, provenance: Provenance | undefined): string[] {
  const scored = new Set(Object.keys(metrics).filter((task) => Object.keys(metrics[task] ?? {}).length > 0));
  if (scored.size === 0) return [...tasks];
  // An old journal does not say what is a group.
  if (provenance === undefined) return [];
  return tasks.filter((task) => Object.hasOwn(metrics, task) && !isScored(task, scored, provenance.groups));
}

function isScored(task: string, scored: ReadonlySet<string>, groups: Provenance['groups']): boolean {
  const seen = new Set<string>();
  const open = [task];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (scored.has(name)) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    for (const part of ownValue(groups, name) ?? []) open.push(part);
  }
  return false;
}

const isGroup = (provenance: Provenance | undefined, task: string): boolean =>
  ownValue(provenance?.groups, task) !== undefined;

/** The number as JSON has it. */
const textOf = (number: number | ExactNumber | null | undefined): string | null =>
  typeof number === 'number' ? JSON.stringify(number) : (number?.exact ?? null);

const integerOrNull = (value: number | null | undefined): number | null =>
  value !== null && value !== undefined && Number.isSafeInteger(value) ? value : null;

/** -1 and null both mean all samples. */
const limitOf = ({ limit }: EvaluateRequest): number | null => (typeof limit === 'number' && limit > 0 ? limit : null);
