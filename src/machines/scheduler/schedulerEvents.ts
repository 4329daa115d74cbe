import type { ErrorActorEvent } from 'xstate';
import type { ErrorCode } from '../../schemas/errors/errors.ts';
import type { NewJob } from '../../schemas/job/job.ts';
import type { CompletedOutcome } from '../../schemas/job/outcome.ts';
import type { Secrets } from '../../schemas/secrets/secretRequest.ts';
import type { RunnerFact } from '../runner/runnerContext.ts';
import type { DiskFact } from './diskWatch.ts';
import type { JournalFact, SavedReply } from './journalWriter.ts';
import type { Share } from './waitingBytes.ts';

/** Why a command was refused: for programs, and as text for the client. */
export type Refusal = {
  accepted: false;
  code: Extract<
    ErrorCode,
    | 'queueFull'
    | 'intakeClosed'
    | 'keyReused'
    | 'jobNotFound'
    | 'jobQueued'
    | 'jobNotQueued'
    | 'jobRunning'
    | 'jobFinished'
  >;
  message: string;
};

/**
 * A command took effect on a job. The position is of a job that waits now; else null. A submission is `repeated` when
 * its key was known: the job is the one of then.
 */
export type Accepted = { accepted: true; jobId: string; position: number | null; repeated: boolean };

/** A command took effect, or why it did not. */
export type CommandAnswer = Accepted | Refusal;

/** Called once, when the command has taken effect and is on disk, or was refused. */
export type Reply = (answer: CommandAnswer) => void;

/** A new job, with what it takes while it waits. */
export type SubmitCommand = { job: NewJob; share: Share; secrets?: Secrets | null; reply: Reply };

/**
 * An earlier run that is to be a job of the record, as one that has completed. `endedAt` is milliseconds since 1970, to be shown; when
 * it began is the job's `createdAt`. Its key is what it is known by: the same again is answered with the job of then.
 */
export type ImportCommand = { job: NewJob; endedAt: number; outcome: CompletedOutcome; reply: Reply };

/** What others ask of the scheduler; `who` is the name of the token by which they do. */
export type SchedulerCommand =
  | ({ type: 'job.submit' } & SubmitCommand)
  | ({ type: 'job.import' } & ImportCommand)
  | { type: 'job.cancel'; jobId: string; who: string | null; reply: Reply }
  | { type: 'job.reprioritise'; jobId: string; priority: number; who: string | null; reply: Reply }
  | { type: 'job.stop'; jobId: string; who: string | null; reply: Reply }
  | { type: 'jobs.restore'; most: number; reply: (isMore: boolean) => void }
  | { type: 'history.forgotten'; jobIds: readonly string[] }
  | { type: 'history.prune'; keep: number; reply: (removed: number) => void }
  | { type: 'queue.pause' | 'queue.resume'; reply: SavedReply }
  | { type: 'scheduler.shutdown'; runs: 'stop' | 'leave' };

export type SchedulerEvent = SchedulerCommand | JournalFact | RunnerFact | DiskFact | ErrorActorEvent;
