import { claimOf, claimStart } from '../claim.ts';
import type { Exit, RunReport } from '../contract.ts';
import { readExit } from '../exitFile.ts';
import type { SlurmCommands } from './command.ts';
import { endedByCluster, exitOf, hasEnded, needsRecord, wordsOf } from './ends.ts';
import type { SlurmHandle } from './handle.ts';
import { createOwnJobs, mayHaveLost } from './ownJobs.ts';
import { type QueueRow, readRecord } from './queue.ts';
import { createReporting } from './reporting.ts';
import { forgetProgram, freshen, readClaim, readSubmitted } from './stateFolder.ts';

/** A run that is watched, and what is known of it. */
export interface TrackedRun {
  readonly handle: SlurmHandle;
  /** Its job in Slurm as it was seen last; null: not yet. */
  readonly job: QueueRow | null;
  /** Why Slurm does not have it now; null when it may. */
  readonly unsubmitted: string | null;
  readonly isGone: boolean;
  /** Whether there is nothing more to do for it: it is no longer watched, and nothing of it waits in Slurm for nothing. */
  readonly isDone: boolean;
  /** Reports what is known, and from now on what happens. @returns what ends it. */
  subscribe(report: (event: RunReport) => void): () => void;
  /** A second has passed: looks at what the script has written. @returns whether it is new that the program has ended. */
  look(): Promise<boolean>;
  /** Takes what the queue shows. @returns what is to be done. @throws SlurmError when Slurm does not answer. */
  hear(rows: readonly QueueRow[]): Promise<Next>;
  /** The queue could not be seen. */
  miss(): Promise<void>;
  /** It was not submitted this time. */
  delay(reason: string): void;
  /** Slurm has taken it. */
  accept(): void;
  /** Ends it as one that Slurm refused. */
  refuse(reason: string): Promise<void>;
  /** Ends it, for evald has taken its start: nothing of it ever begins. What waits in Slurm for it is cancelled yet. */
  recall(): Promise<void>;
}

/** `soon`: something is about to change. `submit`: there is no such job, and there should be. `cancel`: there should not. */
export type Next = 'later' | 'soon' | 'submit' | 'cancel';

/** Looks in a row in which a job is missing, until it counts as forgotten: a controller that starts may not know all yet. */
const MISSING = 3;
/** Looks in a row without an answer, until the place of a run counts as unknown. */
const UNKNOWN = 2;
/**
 * Seconds that Slurm has for its own word on a program that has recorded its end. After them that record is all: a node
 * whose epilog hangs keeps a job for hours in COMPLETING, and a controller may be away for days. What the program left
 * behind is ended by its node, without the controller.
 */
const PATIENCE = 30;
/** Looks that are hurried in one state of a job. */
const HURRIED = 20;
/** Times that a job which the cluster ended before it began is submitted again. */
const MOST_AGAIN = 5;

export function createTrackedRun(handle: SlurmHandle, commands: SlurmCommands): TrackedRun {
  const { name, state } = handle;
  const reporting = createReporting();
  const ownJobs = createOwnJobs(handle, commands);
  /** Jobs of it that the cluster ended before they began. */
  const givenUp = new Set<string>();
  let recorded: Exit | null = null;
  let seconds = 0;
  let node = '';
  /** Of its job, where that is no longer what the handle says. */
  let newId: string | undefined;
  let job: QueueRow | null = null;
  let unsubmitted: string | null = null;
  let isLeftOver = false;
  let missing = 0;
  /** How often Slurm has taken it: a look that began before has nothing to say of what came after. */
  let accepted = 0;
  let unanswered = 0;
  let hurried = { state: '', looks: 0 };

  const finish = async (exit: Exit): Promise<Next> => {
    reporting.end(exit);
    unsubmitted = null;
    // Before it is gone: then the journal forgets its secrets too.
    await forgetProgram(state);
    reporting.leave();
    return 'later';
  };
  const place = (where: { id: string; node: string } | null, word: string) => {
    if (where !== null) ({ node } = where);
    if (where !== null) newId = where.id === handle.id ? undefined : where.id;
    reporting.place(node, word, newId);
  };
  const readRecorded = async () => {
    recorded ??= (await readExit(state).catch(() => null))?.exit ?? null;
    return recorded;
  };
  const soon = (word: string): Next => {
    hurried = hurried.state === word ? { state: word, looks: hurried.looks + 1 } : { state: word, looks: 1 };
    return hurried.looks > HURRIED ? 'later' : 'soon';
  };
  const delay = (reason: string): Next => {
    unsubmitted = reason;
    reporting.place('', `NOT SUBMITTED (${reason})`);
    return 'submit';
  };

  const recall = async () => {
    if (reporting.isGone) return;
    isLeftOver = true;
    await finish(WITHDRAWN);
  };

  const hearMissing = async (rows: readonly QueueRow[]): Promise<Next> => {
    missing += 1;
    if (missing < MISSING) return 'soon';
    const before = accepted;
    await freshen(state);
    const exit = await readRecorded();
    if (exit !== null) return finish(exit);
    const claim = await claimOf(state);
    const submitted = await readSubmitted(state);
    const id = submitted?.id ?? handle.id;
    if (claim === 'run') return finish({ kind: 'unknown', reason: forgotten(id ?? name, rows) });
    if (claim === 'evald') {
      await finish(WITHDRAWN);
      isLeftOver = false;
      return 'later';
    }
    // That Slurm does not have it is known already, or all that is known.
    const isMissed = id === null || unsubmitted !== null;
    const isLost = isMissed || (await mayHaveLost(submitted, commands));
    if (accepted !== before) return 'soon';
    if (isMissed) return 'submit';
    if (isLost) return delay(`Slurm has forgotten its job ${id}`);
    // It ended there unseen, as one that is cancelled by hand while this server is away. From now on it can no longer begin.
    if (!(await claimStart(state))) return soon('claimed');
    return finish({
      kind: 'notStarted',
      reason: `its job ${id} ended in Slurm before it began, and Slurm no longer says why`,
    });
  };

  /** One that was over before the queue showed where it ran: its claim tells. */
  const placeEnded = async () => {
    if (node !== '') return;
    const claim = await readClaim(state).catch(() => null);
    if (claim !== null) place(claim, 'COMPLETING');
  };

  const hearEnded = async (row: QueueRow): Promise<Next> => {
    if ((await readRecorded()) === null) await freshen(state);
    const exit = await readRecorded();
    await placeEnded();
    const claim = await claimOf(state);
    if (exit === null && claim === 'evald') return finish(WITHDRAWN);
    if (exit === null && claim === null && endedByCluster(row) && givenUp.size < MOST_AGAIN) {
      givenUp.add(row.id);
      return delay(`${wordsOf(row)} before it began`);
    }
    const record = needsRecord(row, exit) ? await readRecord(commands, row.id) : null;
    return finish(exitOf({ row, recorded: exit, record, began: claim === 'run' }));
  };

  return {
    handle,
    get job() {
      return job;
    },
    get unsubmitted() {
      return unsubmitted;
    },
    get isGone() {
      return reporting.isGone;
    },
    get isDone() {
      return !isLeftOver && (reporting.isGone || !reporting.isWatched);
    },
    subscribe: (report) => reporting.subscribe(report),
    async look() {
      if (reporting.isGone) return false;
      if (recorded !== null) {
        seconds += 1;
        if (seconds >= PATIENCE) await finish(recorded);
        return false;
      }
      const exit = await readRecorded();
      if (exit !== null) await placeEnded();
      // Why it ended otherwise may be known to Slurm alone.
      if (exit?.kind === 'code' && exit.code === 0) reporting.end(exit);
      return exit !== null;
    },
    async hear(rows) {
      unanswered = 0;
      const claim = await readClaim(state);
      const isNamed = rows.some((row) => row.name === name);
      const ids = [claim?.id, handle.id, isNamed ? null : (await readSubmitted(state))?.id];
      const own = (await ownJobs.among(rows, ids)).filter(({ id }) => !givenUp.has(id));
      const row = claim === null ? likeliest(own) : own.find(({ id }) => id === claim.id);
      if (row === undefined) return hearMissing(rows);
      missing = 0;
      job = row;
      unsubmitted = null;
      const isLeft = own.some((other) => !hasEnded(other));
      if (isLeftOver || (await claimOf(state)) === 'evald') {
        await finish(WITHDRAWN);
        isLeftOver = isLeft;
        return isLeft ? 'cancel' : 'later';
      }
      if (hasEnded(row)) {
        const next = await hearEnded(row);
        // Submitted twice: what is left under its name waits for devices to find that the start was taken.
        return isLeft ? 'cancel' : next;
      }
      place(row, row.reason === '' ? row.state : `${row.state} (${row.reason})`);
      return recorded !== null || row.state === 'COMPLETING' ? soon(row.state) : 'later';
    },
    async miss() {
      unanswered += 1;
      if (unanswered < UNKNOWN) return;
      // After a restart nobody else can say that it has begun, and where.
      const claim = node === '' ? await readClaim(state).catch(() => null) : null;
      if (unsubmitted === null) place(claim, 'UNKNOWN');
      if (recorded !== null) reporting.end(recorded);
      else if ((await claimOf(state)) === 'evald') await recall();
    },
    delay: (reason) => void delay(reason),
    accept() {
      missing = 0;
      accepted += 1;
      unsubmitted = null;
    },
    async refuse(reason) {
      // Else one that was submitted without our knowing might begin.
      if (await claimStart(state)) await finish({ kind: 'notStarted', reason });
    },
    recall,
  };
}

const WITHDRAWN: Exit = { kind: 'notStarted', reason: 'it was stopped before it began' };

/** Of several that are its own only one can have begun; those that are over have not. */
function likeliest(rows: readonly QueueRow[]): QueueRow | undefined {
  return rows.find((row) => !hasEnded(row)) ?? rows[0];
}

function forgotten(id: string, rows: readonly QueueRow[]): string {
  const other = rows.find((row) => row.id === id);
  if (other === undefined) return `Slurm does not know its job ${id} any more, and it left no exit code`;
  return `Slurm has forgotten its job and given the id ${id} to another, ${other.name}; it left no exit code`;
}
