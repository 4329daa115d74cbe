import { hiddenArguments } from '../submission/argumentText.ts';
import type { EvaluateRequest } from '../submission/evaluateRequest.ts';
import type { ModelArgs } from '../submission/modelArgs.ts';
import { secretNameIn } from './secretName.ts';
import { replaceTexts } from './secrets.ts';

/** Where a request names a secret of the operator. `isCredential`: it is the value of an argument that is kept back. */
export type SecretReference = { path: readonly PropertyKey[]; name: string; isCredential: boolean };

/** The secrets that a request names in its `model_args`, in order. */
export function secretReferences({ model_args }: Pick<EvaluateRequest, 'model_args'>): SecretReference[] {
  const found: SecretReference[] = [];
  replaceTexts(model_args, (leaf, path, isCredential) => {
    const name = secretNameIn(leaf);
    if (name !== null) found.push({ path: ['model_args', ...path], name, isCredential });
    return leaf;
  });
  return found;
}

/** A name of a secret in `gen_kwargs`, where none is looked up; null: there is none. */
export function misplacedReference({ gen_kwargs }: Pick<EvaluateRequest, 'gen_kwargs'>): string | null {
  if (gen_kwargs === null || !gen_kwargs.includes('secret:')) return null;
  return (
    hiddenArguments(gen_kwargs)
      .map(secretNameIn)
      .find((name) => name !== null) ?? null
  );
}

/**
 * A request with the secrets that it names; the same object when it names none that is known.
 * @param lookUp the secret of a name; undefined where it is not known: the name stays.
 */
export function withNamedSecrets(
  request: EvaluateRequest,
  lookUp: (name: string) => string | undefined,
): EvaluateRequest {
  const model_args = replaceTexts(request.model_args, (leaf, _, isCredential) => {
    const name = isCredential ? secretNameIn(leaf) : null;
    return name === null ? leaf : (lookUp(name) ?? leaf);
  }) as ModelArgs | null;
  return model_args === request.model_args ? request : { ...request, model_args };
}
