import type { JobRecord } from '../schemas/job/jobRecord.ts';
import type { ShownProvenance } from '../schemas/job/provenance.ts';

/** Of numbers of an old journal, which says nothing of what made them. */
const UNKNOWN = { harness: null, harness_version: null, git_hash: null, seed: null, tasks: {} };

/** What made the numbers of a job, of a failed one too: what its results say, and what was asked. Null: it has none. */
export function shownProvenance({ outcome, request, run, imported, options }: JobRecord): ShownProvenance | null {
  const numbers = outcome?.status === 'completed' ? outcome : outcome?.partial;
  if (!numbers) return null;
  const { groups: _, ...made } = { groups: {}, ...(numbers.provenance ?? UNKNOWN) };
  const { model, model_args, num_fewshot, batch_size, device, limit, gen_kwargs, predict_only } = request;
  return {
    ...made,
    harness: made.harness ?? options.harness,
    // Of an earlier run it is not known.
    num_gpus: imported === null ? request.num_gpus : null,
    arguments: { model, model_args, num_fewshot, batch_size, device, limit, gen_kwargs, predict_only },
    operator_options: run?.prepared.operatorOptions ?? null,
  };
}
