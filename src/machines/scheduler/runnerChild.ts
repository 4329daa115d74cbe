import { errorMessage } from '../../errors.ts';
import type { Outcome } from '../../schemas/job/outcome.ts';
import { bytesOfMemory } from '../../schemas/values/memory.ts';
import { lostWith } from '../runner/parts.ts';
import type { RunnerInput } from '../runner/runnerContext.ts';
import type { SchedulerContext } from './schedulerContext.ts';

const PREFIX = 'runner:';

/** The actor id of a job's runner. */
export const runnerId = (jobId: string): string => PREFIX + jobId;

/** The job of a runner's actor id. */
export const jobOf = (actorId: string): string => actorId.slice(PREFIX.length);

/** @param resuming the job ran when the server ended: its run is looked for before anything is launched. */
export function runnerInput(context: SchedulerContext, jobId: string, resuming = false): RunnerInput {
  const { runs, grace, now, monotonic, registry } = context;
  const { folderName, run, options, startedMonotonic, devices, stopRequest, partsEnded, retryOf, attempts } =
    registry.context(jobId);
  const request = registry.request(jobId);
  const seconds = options.timeout ?? context.timeout;
  const limits = {
    timeout: seconds === null ? null : { since: startedMonotonic ?? monotonic(), seconds },
    stall: options.stall_timeout ?? context.stallTimeout,
    linger: context.linger,
  };
  const { cpus, memory, priority, engine_args: engineArgs } = options;
  const bytes = memory === null ? null : bytesOfMemory(memory);
  const resources = { gpus: request.num_gpus, devices, seconds, cpus, memory: bytes, priority, engineArgs };
  const file = options.ready_file === null ? null : runs.checkpointFile(request, options.ready_file);
  const ready = file === null ? {} : { ready: { file, seconds: options.ready_timeout } };
  const job = { jobId, request, harness: options.harness, folderName, resources, retryOf, ...ready };
  const stopReason = stopRequest && askToStop({ who: stopRequest.by }).reason;
  // The run of a part that has ended is over: of the next one it is not known whether it was launched.
  const own = run?.part === undefined || run.part === partsEnded + 1 ? run : null;
  return {
    ...{ runs, grace, limits, now, monotonic, job },
    ...{ retry: options.retry ?? context.retry, attempts },
    ...(options.split && { ended: partsEnded === 0 ? [] : registry.parts(jobId) }),
    ...(resuming && { resume: { run: own, stopReason } }),
  };
}

/** What is sent to a runner whose run is to end by request. @param who name of the token by which it was asked for. */
export const askToStop = ({ who }: { who: string | null }) =>
  ({ type: 'runner.stop', reason: { kind: 'stopped', who } }) as const;

/** The outcome of a job whose runner broke: nothing is known of its run, and of a split one what its parts have measured. */
export function lost({ registry }: SchedulerContext, jobId: string, error: unknown): Outcome {
  const parts = registry.context(jobId).partsEnded === 0 ? [] : registry.parts(jobId);
  return lostWith(parts, `its runner failed: ${errorMessage(error)}`);
}
