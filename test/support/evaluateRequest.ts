import { type EvaluateRequest, evaluateRequestSchema } from '../../src/schemas/evaluateRequest.ts';

/** A request, checked, with the defaults of those who leave everything out. */
export function evaluateRequest(parts: Partial<EvaluateRequest> = {}): EvaluateRequest {
  return evaluateRequestSchema.parse({ model: 'dummy', tasks: ['colours'], ...parts });
}
