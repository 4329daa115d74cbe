import type { JobStatus, NewJob } from '../../schemas/job/job.ts';
import { isEnd, isFinal, isOutOf } from '../job/jobSteps.ts';
import type { Transition } from '../ports/journal.ts';
import type { RunExecutor } from '../ports/runner.ts';
import type { AwaitedCheckpoint, Hold, Holds } from './holds.ts';
import type { JobQueue } from './jobQueue.ts';

type HeldJobs = { queue: JobQueue; holds: Holds };

/** What a job is looked up in when it comes to wait. */
export type HoldSources = {
  runs: Pick<RunExecutor, 'checkpointFile'>;
  /** Milliseconds of the journal's own time. */
  monotonic: () => number;
  /** The state of a job; undefined when it is forgotten. */
  statusOf: (jobId: string) => JobStatus | undefined;
};

/** What is kept of a job that says what holds it. */
type HeldJob = Pick<NewJob, 'jobId' | 'request' | 'options' | 'createdMonotonic'>;

/** The queue and the holds with a job that waits: passed over while its checkpoint is not there, or jobs of its `after` have not ended. */
export function withWaiting({ queue, holds }: HeldJobs, job: HeldJob, sources: HoldSources): HeldJobs {
  const { jobId, request, options, createdMonotonic } = job;
  const { ready_file: name, ready_timeout: seconds, after, after_any: isAfterAny } = options;
  const file = name === null ? null : sources.runs.checkpointFile(request, name);
  const since = createdMonotonic ?? sources.monotonic();
  const hold: Hold = {
    checkpoint: file === null ? null : { file, until: seconds === null ? null : since + seconds * 1_000 },
    after: [...new Set(after)],
    isAfterAny,
  };
  const held = hold.after.reduce(
    (all: Holds, id) => {
      const status = sources.statusOf(id);
      // Had one that is forgotten failed, this one would not wait any more.
      if (status === undefined) return all.ended(id, true);
      return isFinal(status) ? all.ended(id, status === 'completed') : all;
    },
    holds.add(jobId, hold),
  );
  return { queue: held.of(jobId) === undefined ? queue : queue.pass(jobId), holds: held };
}

/** The queue and the holds after a transition that is on disk: those that waited for an end wait no longer, or are doomed. */
export function heldAfter(held: HeldJobs, transition: Transition, sources: HoldSources): HeldJobs {
  const { jobId, type, imported } = transition;
  // No job can have been submitted to come after it.
  if (imported) return { queue: held.queue, holds: held.holds };
  if (transition.type === 'submitted') return withWaiting(held, transition.job, sources);
  const holds = isOutOf('queued', type) ? held.holds.drop(jobId) : held.holds;
  if (!isEnd(type)) return { queue: held.queue, holds };
  return admitted(held.queue, holds.ended(jobId, type === 'completed'), holds.dependentsOf(jobId));
}

/** The queue and the holds when the checkpoints of jobs are there, or are waited for no longer. */
export function heldAfterLook({ queue, holds }: HeldJobs, seen: readonly string[]): HeldJobs {
  return admitted(queue, holds.seen(seen), seen);
}

function admitted(queue: JobQueue, holds: Holds, jobIds: readonly string[]): HeldJobs {
  const free = jobIds.filter((jobId) => holds.of(jobId) === undefined);
  return { queue: free.reduce((all, jobId) => all.admit(jobId), queue), holds };
}

/** The jobs whose checkpoints are there, or have been waited for long enough: their runs say so. Never throws. */
export async function seenCheckpoints(
  awaited: readonly AwaitedCheckpoint[],
  runs: Pick<RunExecutor, 'findFiles'>,
  now: number,
): Promise<string[]> {
  const found = await runs.findFiles(awaited.map(({ checkpoint }) => checkpoint.file));
  return awaited
    .filter(({ checkpoint: { file, until } }) => found.has(file) || (until !== null && until <= now))
    .map(({ jobId }) => jobId);
}
