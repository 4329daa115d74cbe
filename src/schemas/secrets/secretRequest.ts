import { areMasked, hiddenArguments, maskArguments } from '../submission/argumentText.ts';
import type { EvaluateRequest } from '../submission/evaluateRequest.ts';
import type { ModelArgs } from '../submission/modelArgs.ts';
import { MASK, maskedPaths, maskValue, revealValue, type SecretValues, secretTexts } from './secrets.ts';

/** Stands among the paths in `model_args`, which are lists. */
const GEN_KWARGS = 'gen_kwargs';

/** What the request of a job keeps back and its run needs. Nothing that writes it out as JSON or text shows it. */
export class Secrets {
  readonly #values: SecretValues;

  constructor(values: SecretValues) {
    this.#values = values;
  }

  /** The true values: by their paths in `model_args`, and `gen_kwargs` whole by its name. */
  reveal(): SecretValues {
    return this.#values;
  }

  /** The texts that are not to be seen anywhere. */
  texts(): string[] {
    const { [GEN_KWARGS]: generation, ...values } = this.#values;
    return [...secretTexts(values), ...(typeof generation === 'string' ? hiddenArguments(generation) : [])];
  }

  toJSON(): string {
    return MASK;
  }
}

/** A request that all may see, and what it keeps back; null when that is nothing. */
export type SplitRequest = { request: EvaluateRequest; secrets: Secrets | null };

/** Takes the credentials out of a request: in `model_args` and `gen_kwargs` a mask stands where they were. */
export function splitSecrets(request: EvaluateRequest): SplitRequest {
  const found: SecretValues = {};
  const model_args = maskValue(request.model_args, [], found) as ModelArgs | null;
  const gen_kwargs = request.gen_kwargs === null ? null : maskArguments(request.gen_kwargs);
  if (gen_kwargs !== request.gen_kwargs) found[GEN_KWARGS] = request.gen_kwargs;
  if (Object.keys(found).length === 0) return { request, secrets: null };
  return { request: { ...request, model_args, gen_kwargs }, secrets: new Secrets(found) };
}

/** The request as it was sent. */
export function revealRequest(request: EvaluateRequest, secrets: Secrets | null): EvaluateRequest {
  if (secrets === null) return request;
  const { [GEN_KWARGS]: generation, ...values } = secrets.reveal();
  return {
    ...request,
    model_args: revealValue(request.model_args, values) as ModelArgs | null,
    ...(typeof generation === 'string' && { gen_kwargs: generation }),
  };
}

/** Where a mask stands instead of a value: `['model_args', 'auth.user']`, `['gen_kwargs']`. */
export function maskedFields({ model_args, gen_kwargs }: EvaluateRequest): [field: string, name?: string][] {
  const names = maskedPaths(model_args, []).map((path) => path.join('.'));
  const generation: [string][] = gen_kwargs !== null && areMasked(gen_kwargs) ? [[GEN_KWARGS]] : [];
  return [...names.map((name): [string, string] => ['model_args', name]), ...generation];
}

/** The same for people: `model_args (api_key, auth.user), gen_kwargs`; null where none stands. */
export function maskedNames(request: EvaluateRequest): string | null {
  const fields = maskedFields(request);
  const names = fields.flatMap(([, name]) => name ?? []);
  const parts = [
    ...(names.length > 0 ? [`model_args (${names.join(', ')})`] : []),
    ...(names.length < fields.length ? [GEN_KWARGS] : []),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}
