import { errorMessage } from '../../errors.ts';
import { UnavailableError } from '../../machines/ports/runner.ts';
import { credentialsOf } from '../../schemas/secrets/credentials.ts';
import type { Secrets } from '../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../schemas/submission/evaluateRequest.ts';
import { Redactor } from '../../security/redaction/redactor.ts';
import type { PythonChild } from '../python/pythonChild.ts';
import type { HarnessCheck } from './contract.ts';

/** What a command is read back by, in a Python that has the harness. */
export type ReadBackSettings = {
  child: PythonChild;
  extraArgs: readonly string[];
  operatorOptions: readonly string[];
  /** The whole environment of a run. */
  env: Readonly<Record<string, string>>;
  /** Text of the configuration file for a request with credentials. @throws when it cannot be made. */
  configText(request: EvaluateRequest): Promise<string>;
  /** Why the Python cannot run the harness at all; null when it can. */
  whyNot(): Promise<string | null>;
};

/**
 * Why an installed harness could not be asked what it makes of a command. @param canRun whether it could run one all the same: for a
 * version that runs and cannot be asked all other jobs would wait for ever.
 * @throws UnavailableError when there is nothing that could be asked or run.
 */
export async function unreadReason(harness: string, error: unknown, canRun: () => Promise<boolean>): Promise<string> {
  const why = `${harness} cannot be asked what it makes of it: ${errorMessage(error)}`;
  if (error instanceof UnavailableError && !(await canRun())) {
    throw new UnavailableError(why, { kind: 'settings', cause: error });
  }
  return why;
}

/**
 * What a check has found, without what it must not show: a harness may repeat what it was given.
 * @param hidden what the request keeps back; null: nothing. @param env the whole environment of a run.
 */
export function redactCheck(
  { faults, warnings }: Pick<HarnessCheck, 'faults' | 'warnings'>,
  hidden: Secrets | null,
  env: Readonly<Record<string, string>>,
): HarnessCheck {
  const secrets = Object.entries(env).flatMap(([name, value]) => credentialsOf(name, value));
  const asked = hidden?.reveal() ?? {};
  const values = Object.entries(asked).flatMap(([key, value]) => (key === 'gen_kwargs' ? [] : [String(value)]));
  const redactor = Redactor.of([...secrets, ...values, ...(hidden?.texts() ?? [])]);
  const shown = (text: string) => redactor?.text(text) ?? text;
  return {
    faults: faults.map((fault) => ({ ...fault, message: shown(fault.message) })),
    warnings: warnings.map(shown),
    unread: null,
  };
}
