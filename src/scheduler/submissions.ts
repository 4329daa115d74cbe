import { randomUUID } from 'node:crypto';
import type { SnapshotFrom } from 'xstate';
import { errorMessage } from '../errors.ts';
import { jobOfPart } from '../machines/runner/parts.ts';
import { closed, repeated } from '../machines/scheduler/refusals.ts';
import type { schedulerMachine } from '../machines/scheduler/scheduler.ts';
import { knownJob, type SchedulerContext, statusOf } from '../machines/scheduler/schedulerContext.ts';
import type { CommandAnswer, SubmitCommand } from '../machines/scheduler/schedulerEvents.ts';
import { fullRefusal, shareOf } from '../machines/scheduler/waitingBytes.ts';
import { splitSecrets } from '../schemas/secrets/secretRequest.ts';
import type { DryRunAnswer } from '../schemas/submission/dryRun.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import { type JobOptions, noOptions } from '../schemas/submission/jobOptions.ts';
import { type JobDetails, scopeIdempotencyKey } from './jobCommands.ts';
import type { SchedulerParts } from './schedulerParts.ts';
import { validateCapacity, validateHolds, validateSplit } from './validateCapacity.ts';

/** A submission that was checked: what is left is to queue it. */
export type Submission = Omit<SubmitCommand, 'reply'>;

type Parts = Pick<SchedulerParts, 'admit' | 'journal' | 'now' | 'runs' | 'tempDirPrefix'>;

/**
 * Checks a submission and gives it an id. Nothing is queued.
 * @throws EvaldError `notAllowed`, or UnfitError.
 */
export async function checkSubmission(
  { runs, journal, now, admit, tempDirPrefix }: Parts,
  context: SchedulerContext,
  sent: EvaluateRequest,
  details: Partial<JobDetails>,
): Promise<Submission> {
  admit(sent, details.secrets ?? null);
  const { warnings: given = [], options: named = noOptions, retryOf = null, who = null } = details;
  const idempotency = scopeIdempotencyKey(details.idempotency ?? null, who);
  // What was acknowledged under a key is answered again, whatever the server is like by now.
  const isKnown = idempotency !== null && journal.findByKey(idempotency.key) !== undefined;
  const pool = named.pool ?? (context.devices?.pool().name || null);
  const options = isKnown ? named : { ...named, pool, harness: await runs.harnessFor(named.harness, retryOf !== null) };
  if (!isKnown) {
    validateCapacity(runs, context, sent, options);
    validateHolds(runs, sent, options, (id) => statusOf(context, id));
    validateSplit(sent, options);
  }
  const jobId = randomUUID();
  const folderName = tempDirPrefix + jobId;
  const found = isKnown ? [] : await runs.check({ jobId, request: sent, harness: options.harness, folderName });
  const warnings = [...new Set([...given, ...found])];
  const { request, secrets } = splitSecrets(sent);
  const about = { warnings, folderName, idempotency, options, retryOf, submittedBy: who, imported: null };
  const job = { jobId, request, createdAt: now(), createdMonotonic: context.monotonic(), ...about };
  return { job, share: shareOf(job, secrets, details.client ?? null), secrets };
}

/** What the scheduler would answer a submission now, by the guards of its chart. Pure. */
export function answerNow(snapshot: SnapshotFrom<typeof schedulerMachine>, { job, share }: Submission): CommandAnswer {
  const { context, status } = snapshot;
  if (status !== 'active' || !snapshot.matches({ intake: 'open' })) return closed;
  if (knownJob(context, job) !== undefined) return repeated(context, job);
  return fullRefusal(context, { share }) ?? { accepted: true, jobId: job.jobId, position: null, repeated: false };
}

/** Stands in a command for the id that a job would get. */
const NO_ID = 'JOB_ID';

/** The command that a submission would run, as all may see it, of a split one the first; null with the reason when that is not known. */
export async function commandOf(
  { runs, tempDirPrefix }: Pick<Parts, 'runs' | 'tempDirPrefix'>,
  request: EvaluateRequest,
  { harness, split }: Pick<JobOptions, 'harness' | 'split'>,
): Promise<Pick<DryRunAnswer, 'command' | 'warnings'>> {
  try {
    const job = { jobId: NO_ID, request, harness, folderName: tempDirPrefix + NO_ID };
    const command = await runs.commandOf(split ? jobOfPart(job, 1) : job);
    const { length } = request.tasks;
    const warnings = split && length > 1 ? [`this is the first of ${length} commands, one a task (split)`] : [];
    return { command: [...command], warnings };
  } catch (error) {
    return { command: null, warnings: [`the command that would run is not known: ${errorMessage(error)}`] };
  }
}
