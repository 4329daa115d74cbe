import type { RunExecutor } from '../machines/ports/runner.ts';
import type { Devices } from '../machines/scheduler/devices.ts';
import { EvaldError, UnfitError } from '../schemas/errors/errors.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import type { JobOptions } from '../schemas/submission/jobOptions.ts';

/** Refuses what could never run here, before it is queued. @throws UnfitError or EvaldError that names the field and what is allowed. */
export function validateCapacity(
  runs: Pick<RunExecutor, 'checkEngineArgs'>,
  devices: Devices | null,
  { num_gpus }: EvaluateRequest,
  { engine_args }: JobOptions,
): void {
  const most = devices?.names.length ?? Number.POSITIVE_INFINITY;
  if (num_gpus > most) {
    const words = `\`num_gpus\` should be at most ${most}: this server has ${most} (--gpus)`;
    throw new UnfitError({ path: ['num_gpus'], input: num_gpus, message: words });
  }
  const refused = runs.checkEngineArgs(engine_args);
  // Not the fault of what was sent, but the operator's decision, as are models and folders.
  if (refused !== null) throw new EvaldError('notAllowed', `\`engine_args\` cannot be used: ${refused}`);
}
