import { claimOf, claimStart } from '../claim.ts';
import type { Exit, RunReport } from '../contract.ts';
import { readExit } from '../exitFile.ts';
import type { SlurmCommands } from './command.ts';
import { exitOf, hasEnded, needsRecord } from './ends.ts';
import type { SlurmHandle } from './handle.ts';
import { type QueueRow, readRecord } from './queue.ts';
import { createReporting } from './reporting.ts';
import { forgetProgram, freshen, readClaim } from './stateFolder.ts';

/** A run that is watched, and what is known of it. */
export interface TrackedRun {
  readonly handle: SlurmHandle;
  readonly isGone: boolean;
  readonly isWatched: boolean;
  /** Reports what is known, and from now on what happens. @returns what ends it. */
  subscribe(report: (event: RunReport) => void): () => void;
  /** Looks at what the script has written. @returns whether it is new that the program has ended. */
  look(): Promise<boolean>;
  /** Takes what the queue shows. @returns what is to be done. @throws SlurmError when Slurm does not answer. */
  hear(rows: readonly QueueRow[]): Promise<Next>;
  /** The queue could not be seen. */
  miss(): Promise<void>;
  /** It was not submitted this time. */
  delay(reason: string): void;
  /** Ends it as one that Slurm refused. */
  refuse(reason: string): Promise<void>;
}

/** `soon`: something is about to change. `submit`: there is no such job, and there should be. `cancel`: there should not. */
export type Next = 'later' | 'soon' | 'submit' | 'cancel';

/** Looks in a row in which a job is missing, until it counts as forgotten: a controller that starts may not know all yet. */
const MISSING = 3;
/** Looks in a row without an answer, until the place of a run counts as unknown. */
const UNKNOWN = 2;
/**
 * The same, until a program that has recorded its end is all that there was: what it left behind is ended by its node,
 * without the controller.
 */
const ALONE = 5;
/** Looks that are hurried in one state of a job. A node that hangs keeps one for hours in COMPLETING. */
const HURRIED = 20;

export function createTrackedRun(handle: SlurmHandle, commands: SlurmCommands): TrackedRun {
  const { name, state } = handle;
  const reporting = createReporting();
  let recorded: Exit | null = null;
  let node = '';
  let missing = 0;
  let unanswered = 0;
  let hurried = { state: '', looks: 0 };

  const finish = async (exit: Exit): Promise<Next> => {
    reporting.end(exit);
    // Before it is gone: then the journal forgets its secrets too.
    await forgetProgram(state);
    reporting.leave();
    return 'later';
  };
  const readRecorded = async () => {
    recorded ??= (await readExit(state).catch(() => null))?.exit ?? null;
    return recorded;
  };
  const soon = (word: string): Next => {
    hurried = hurried.state === word ? { state: word, looks: hurried.looks + 1 } : { state: word, looks: 1 };
    return hurried.looks > HURRIED ? 'later' : 'soon';
  };

  const hearMissing = async (rows: readonly QueueRow[]): Promise<Next> => {
    missing += 1;
    if (missing < MISSING) return 'soon';
    await freshen(state);
    const exit = await readRecorded();
    if (exit !== null) return finish(exit);
    const claim = await claimOf(state);
    if (claim === 'run') return finish({ kind: 'unknown', reason: forgotten(handle, rows) });
    if (claim === 'evald') return finish(WITHDRAWN);
    if (handle.id === null) return 'submit';
    // From now on it can no longer begin, whatever Slurm may find.
    if (!(await claimStart(state))) return soon('claimed');
    return finish({ kind: 'unknown', reason: `${forgotten(handle, rows)}, and it had not begun` });
  };

  /** One that was over before the queue showed where it ran: its claim tells. */
  const placeEnded = async () => {
    if (node !== '') return;
    node = (await readClaim(state).catch(() => null))?.node ?? '';
    if (node !== '') reporting.place(node, 'COMPLETING');
  };

  const hearEnded = async (row: QueueRow): Promise<Next> => {
    if ((await readRecorded()) === null) await freshen(state);
    const exit = await readRecorded();
    await placeEnded();
    const record = needsRecord(row, exit) ? await readRecord(commands, row.id) : null;
    const claim = await claimOf(state);
    if (exit === null && claim === 'evald') return finish(WITHDRAWN);
    return finish(exitOf({ row, recorded: exit, record, began: claim === 'run' }));
  };

  return {
    handle,
    get isGone() {
      return reporting.isGone;
    },
    get isWatched() {
      return reporting.isWatched;
    },
    subscribe: (report) => reporting.subscribe(report),
    async look() {
      if (recorded !== null || reporting.isGone) return false;
      const exit = await readRecorded();
      if (exit !== null) await placeEnded();
      // Why it ended otherwise may be known to Slurm alone.
      if (exit?.kind === 'code' && exit.code === 0) reporting.end(exit);
      return exit !== null;
    },
    async hear(rows) {
      unanswered = 0;
      const named = rows.filter((row) => row.name === name);
      const claim = await readClaim(state);
      const row = claim === null ? likeliest(named) : named.find(({ id }) => id === claim.id);
      if (row === undefined) return hearMissing(rows);
      missing = 0;
      if (hasEnded(row)) {
        const next = await hearEnded(row);
        // Submitted twice: what is left under its name waits for devices to find that the start was taken.
        return named.some((other) => !hasEnded(other)) ? 'cancel' : next;
      }
      ({ node } = row);
      reporting.place(node, row.reason === '' ? row.state : `${row.state} (${row.reason})`);
      if ((await claimOf(state)) === 'evald') return 'cancel';
      return recorded !== null || row.state === 'COMPLETING' ? soon(row.state) : 'later';
    },
    async miss() {
      unanswered += 1;
      if (unanswered < UNKNOWN) return;
      // After a restart nobody else can say that it has begun, and where.
      if (node === '') node = (await readClaim(state).catch(() => null))?.node ?? '';
      reporting.place(node, 'UNKNOWN');
      if (recorded !== null) reporting.end(recorded);
      if (recorded !== null && unanswered >= ALONE) await finish(recorded);
    },
    delay: (reason) => reporting.place('', `NOT SUBMITTED (${reason})`),
    async refuse(reason) {
      // Else one that was submitted without our knowing might begin.
      if (await claimStart(state)) await finish({ kind: 'notStarted', reason });
    },
  };
}

const WITHDRAWN: Exit = { kind: 'notStarted', reason: 'it was stopped before it began' };

/** Of several with the name only one can have begun; those that are over have not. */
function likeliest(rows: readonly QueueRow[]): QueueRow | undefined {
  return rows.find((row) => !hasEnded(row)) ?? rows[0];
}

function forgotten({ id, name }: SlurmHandle, rows: readonly QueueRow[]): string {
  const other = rows.find((row) => row.id === id);
  if (other === undefined) return `Slurm does not know its job ${id ?? name} any more, and it left no exit code`;
  return `Slurm has forgotten its job and given the id ${id} to another, ${other.name}; it left no exit code`;
}
