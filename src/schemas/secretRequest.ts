import type { EvaluateRequest } from './evaluateRequest.ts';
import type { ModelArgs } from './modelArgs.ts';
import { MASK, maskedPaths, maskValue, revealValue, type SecretValues } from './secrets.ts';

/** What the request of a job keeps back and its run needs. Nothing that writes it out as JSON or text shows it. */
export class Secrets {
  readonly #values: SecretValues;

  constructor(values: SecretValues) {
    this.#values = values;
  }

  /** The true values, by their paths in `model_args`. */
  reveal(): SecretValues {
    return this.#values;
  }

  toJSON(): string {
    return MASK;
  }
}

/** A request that all may see, and what it keeps back; null when that is nothing. */
export type SplitRequest = { request: EvaluateRequest; secrets: Secrets | null };

/** Takes the credentials out of a request: in `model_args` a mask stands where they were. */
export function splitSecrets(request: EvaluateRequest): SplitRequest {
  const found: SecretValues = {};
  const masked = maskValue(request.model_args, [], found);
  if (Object.keys(found).length === 0) return { request, secrets: null };
  return { request: { ...request, model_args: masked as ModelArgs }, secrets: new Secrets(found) };
}

/** The request as it was sent. */
export function revealRequest(request: EvaluateRequest, secrets: Secrets | null): EvaluateRequest {
  if (secrets === null) return request;
  return { ...request, model_args: revealValue(request.model_args, [], secrets.reveal()) as ModelArgs };
}

/** Names in `model_args` with a mask instead of a value: `api_key`, `auth.user`. */
export function maskedNames({ model_args }: EvaluateRequest): string[] {
  return maskedPaths(model_args, []).map((path) => path.join('.'));
}
