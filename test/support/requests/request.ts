import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';

/** A request as the server understood it, with what matters to a test. */
export function request(fields: Partial<EvaluateRequest> = {}): EvaluateRequest {
  return {
    model: 'dummy',
    tasks: ['t1'],
    model_args: null,
    num_fewshot: null,
    batch_size: null,
    device: null,
    limit: null,
    gen_kwargs: null,
    log_samples: true,
    predict_only: false,
    num_gpus: 1,
    output_dir: null,
    ...fields,
  };
}
