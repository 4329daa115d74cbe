import type { Exit } from '../../../machines/ports/runner.ts';
import type { EngineAnswer, Traces, TrackerEvent, TrackerRules } from '../../../machines/runTracker/runTrackerRules.ts';
import { claimOf } from '../shared/claim.ts';
import { readExit } from '../shared/exitFile.ts';
import type { SlurmCommands } from './command.ts';
import { endedByCluster, exitOf, explanationOf, hasEnded, needsRecord, requeuedExit } from './ends.ts';
import type { SlurmHandle } from './handle.ts';
import type { OwnJobs } from './ownJobs.ts';
import { isNodeDown, type QueueRow, readRecord } from './queue.ts';
import { freshen, readClaim, readSubmitted } from './stateFolder.ts';

const WITHDRAWN: Exit = { kind: 'notStarted', reason: 'it was stopped before it began' };

/**
 * How Slurm is read. A controller that starts may not know all yet. A node whose epilog hangs keeps a job for hours in
 * COMPLETING, and a controller may be away for days: after half a minute what the script has recorded is all. What the
 * program left behind is ended by its node, without the controller.
 */
export const slurmRules: TrackerRules = {
  missing: 3,
  missingUnbegun: 3,
  unanswered: 2,
  alone: Number.POSITIVE_INFINITY,
  explaining: { left: Number.POSITIVE_INFINITY, gone: Number.POSITIVE_INFINITY },
  patience: 30_000,
  resubmissions: 5,
  isApart: false,
  endedState: 'COMPLETING',
  withdrawn: WITHDRAWN,
};

/** What is found out of a run while it is tracked. */
export type Findings = {
  readonly ownJobs: OwnJobs;
  /** Jobs of it that the cluster ended before they began. */
  readonly givenUp: Set<string>;
  /** Its job in Slurm as it was seen last; null: not yet. */
  job: QueueRow | null;
};

/**
 * What a look at the queue says of a run, in the terms of all engines.
 * @throws SlurmError when Slurm does not answer what is asked beside; the system's error when its folder cannot be read.
 */
export async function observe(
  handle: SlurmHandle,
  findings: Findings,
  rows: readonly QueueRow[],
  commands: SlurmCommands,
): Promise<TrackerEvent> {
  const { state } = handle;
  const claim = await readClaim(state);
  const own = (await ownJobs(handle, findings, rows, claim?.id)).filter(({ id }) => !findings.givenUp.has(id));
  const row = claim === null ? likeliest(own) : own.find(({ id }) => id === claim.id);
  const isOver = row === undefined || hasEnded(row);
  if (isOver && (await recordedIn(state)) === null) await freshen(state);
  const traces = await tracesOf(handle);
  if (row === undefined) {
    return { type: 'run.observed', seen: { ...traces, engine: await missing(handle, rows) } };
  }
  findings.job = row;
  if (claim !== null && WAITS.has(row.state) && (await isRequeued(row, commands))) {
    return { type: 'run.observed', seen: { ...traces, engine: await requeued(traces, true, commands) } };
  }
  if (isOver) {
    const isLeft = own.some((other) => !hasEnded(other));
    return { type: 'run.observed', seen: { ...traces, engine: await ended(row, traces, isLeft, commands) } };
  }
  const where = { node: row.node, id: idIn(handle, row.id) };
  return { type: 'run.observed', seen: { ...traces, ...where, engine: alive(row) } };
}

/** Slurm's jobs of a run, ended or not, in a look at the queue. @param claimant the id of the one that has taken its start. */
export async function ownJobs(
  { id, state }: SlurmHandle,
  { ownJobs }: Pick<Findings, 'ownJobs'>,
  rows: readonly QueueRow[],
  claimant: string | undefined,
): Promise<QueueRow[]> {
  const isFound = rows.some(ownJobs.isSurely);
  return ownJobs.among(rows, [claimant, id, isFound ? null : (await readSubmitted(state))?.id]);
}

/** What the files of a run say. Never throws: what cannot be seen is unknown. */
export async function tracesOf(handle: SlurmHandle): Promise<Traces> {
  const { state } = handle;
  const claim = await readClaim(state).catch(() => null);
  return {
    node: claim?.node ?? '',
    id: claim === null ? undefined : idIn(handle, claim.id),
    recorded: await recordedIn(state),
    // Only Slurm tells.
    isGone: false,
    claim: await claimOf(state),
  };
}

/** States of a job that has no node, or no longer. */
const WAITS = new Set(['PENDING', 'REQUEUED', 'REQUEUE_HOLD', 'REQUEUE_FED', 'SPECIAL_EXIT']);

/** Whether a job that waits has begun before. What was seen of it may be from before it began: then its record says so. */
async function isRequeued({ id }: QueueRow, commands: SlurmCommands): Promise<boolean> {
  return ((await readRecord(commands, id))?.restarts ?? 0) > 0;
}

async function requeued({ recorded, node }: Traces, isLeft: boolean, commands: SlurmCommands): Promise<EngineAnswer> {
  const exit = requeuedExit(recorded, node, await isNodeDown(commands, node));
  return { kind: 'ended', exit, again: 'never', reason: null, isLeft };
}

const recordedIn = (state: string): Promise<Exit | null> =>
  readExit(state).then(
    (recorded) => recorded?.exit ?? null,
    () => null,
  );

function alive({ node, state, reason }: QueueRow): EngineAnswer {
  return { kind: node === '' ? 'waiting' : 'running', state: reason === '' ? state : `${state} (${reason})` };
}

async function missing({ state, id, name }: SlurmHandle, rows: readonly QueueRow[]): Promise<EngineAnswer> {
  const known = (await readSubmitted(state))?.id ?? id;
  return {
    kind: 'missing',
    isSubmitted: known !== null,
    exit: { kind: 'unknown', reason: forgotten(known ?? name, rows) },
  };
}

async function ended(row: QueueRow, traces: Traces, isLeft: boolean, commands: SlurmCommands): Promise<EngineAnswer> {
  const { recorded, claim } = traces;
  const isInnocent = recorded === null && claim === null && endedByCluster(row);
  const isAsked = !isInnocent && claim !== 'evald' && needsRecord(row, recorded);
  const record = isAsked ? await readRecord(commands, row.id) : null;
  if (claim === 'run' && row.state === 'FAILED' && (record?.restarts ?? 0) > 0)
    return requeued(traces, isLeft, commands);
  return {
    kind: 'ended',
    exit: exitOf({ row, recorded, record, began: claim === 'run' }),
    again: isInnocent ? 'limited' : 'never',
    reason: isInnocent ? `${explanationOf(row)} before it began` : null,
    isLeft,
  };
}

/** Of several that are its own only one can have begun; those that are over have not. */
function likeliest(rows: readonly QueueRow[]): QueueRow | undefined {
  return rows.find((row) => !hasEnded(row)) ?? rows[0];
}

const idIn = (handle: SlurmHandle, id: string): string | undefined => (id === handle.id ? undefined : id);

function forgotten(id: string, rows: readonly QueueRow[]): string {
  const other = rows.find((row) => row.id === id);
  if (other === undefined) return `Slurm does not know its job ${id} any more, and it left no exit code`;
  return `Slurm has forgotten its job and given the id ${id} to another, ${other.name}; it left no exit code`;
}
