import type { RunExecutor } from '../machines/ports/runner.ts';
import { type Capacity, needsOf } from '../machines/scheduler/capacity.ts';
import type { Devices } from '../machines/scheduler/devices.ts';
import { ONLY_POOL } from '../schemas/engine/devicePool.ts';
import { EvaldError, UnfitError } from '../schemas/errors/errors.ts';
import type { JobStatus } from '../schemas/job/job.ts';
import { MOST_PARTS } from '../schemas/job/part.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import type { JobOptions } from '../schemas/submission/jobOptions.ts';
import { shownMemory } from '../schemas/values/memory.ts';

/**
 * Refuses a job that could never start: one that waits for a checkpoint without naming it, or comes after jobs that are not known or that
 * did not complete. @param statusOf the state of a job; undefined when it is not known. @throws UnfitError that names the field.
 */
export function validateHolds(
  runs: Pick<RunExecutor, 'checkpointFile'>,
  request: EvaluateRequest,
  { ready_file: file, after, after_any: isAfterAny }: JobOptions,
  statusOf: (jobId: string) => JobStatus | undefined,
): void {
  if (file !== null && runs.checkpointFile(request, file) === null) {
    const message = '`ready_file` needs `model_args.pretrained`, the folder of the checkpoint, as a text';
    throw new UnfitError({ path: ['ready_file'], input: file, message });
  }
  for (const [index, id] of after.entries()) {
    const status = statusOf(id);
    const path = ['after', index];
    if (status === undefined)
      throw new UnfitError({ path, input: id, message: `\`after\` names job ${id}, which is not known` });
    if (isAfterAny || (status !== 'failed' && status !== 'cancelled')) continue;
    const message = `\`after\` names job ${id}, which is ${status}: this one could never start (\`after_any\` lets it)`;
    throw new UnfitError({ path, input: id, message });
  }
}

/** Refuses a job of too many parts. @throws UnfitError that names the field. */
export function validateSplit({ tasks }: EvaluateRequest, { split }: JobOptions): void {
  if (!split || tasks.length <= MOST_PARTS) return;
  const message = `\`split\` takes at most ${MOST_PARTS} tasks, and these are ${tasks.length}: name groups, or send several requests`;
  throw new UnfitError({ path: ['split'], input: split, message });
}

/** Refuses what could never run here, before it is queued. @throws UnfitError or EvaldError that names the field and what is allowed. */
export function validateCapacity(
  runs: Pick<RunExecutor, 'checkEngineArgs'>,
  { devices, capacity }: { devices: Devices | null; capacity: Capacity | null },
  { num_gpus }: EvaluateRequest,
  options: JobOptions,
): void {
  const { pool } = options;
  const names = (devices?.pools ?? []).map(({ name }) => name).filter((name) => name !== ONLY_POOL);
  if (pool !== null && !names.includes(pool)) {
    const which = names.length === 0 ? 'this server has none (--pool)' : `this server has ${names.join(', ')}`;
    const message = `\`pool\` should be the name of a pool of devices: ${which}`;
    throw new UnfitError({ path: ['pool'], input: pool, message });
  }
  const most = devices?.pool(pool).devices.length ?? Number.POSITIVE_INFINITY;
  if (num_gpus > most) {
    const where =
      names.length === 0 ? `this server has ${most} (--gpus)` : `pool ${devices?.pool(pool).name} has ${most} (--pool)`;
    const message = `\`num_gpus\` should be at most ${most}: ${where}`;
    throw new UnfitError({ path: ['num_gpus'], input: num_gpus, message });
  }
  const needs = needsOf(options);
  for (const what of ['cpus', 'memory'] as const) {
    if (capacity === null || needs[what] <= capacity[what]) continue;
    const own = what === 'cpus' ? String(capacity.cpus) : shownMemory(capacity.memory);
    const words = `\`${what}\` should be at most ${own}: this server has ${own} for all runs (--${what})`;
    throw new UnfitError({ path: [what], input: options[what], message: words });
  }
  const refused = runs.checkEngineArgs(options.engine_args);
  // Not the fault of what was sent, but the operator's decision, as are models and folders.
  if (refused !== null) throw new EvaldError('notAllowed', `\`engine_args\` cannot be used: ${refused}`);
}
