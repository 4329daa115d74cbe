import { Blot } from '../files/blot.ts';
import { credentialsOf } from '../schemas/credentials.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { Outcome } from '../schemas/outcome.ts';
import { revealRequest, type Secrets } from '../schemas/secretRequest.ts';
import { secretTexts } from '../schemas/secrets.ts';
import { RunError, type RunJob, UnavailableError } from './contract.ts';

/** What is not to be seen of runs. */
export type Secrecy = {
  /** The request of a job as it was sent; the same object when it keeps nothing back. */
  reveal(job: Pick<RunJob, 'jobId' | 'request'>): EvaluateRequest;
  /** What is not to be seen of what the run of a job writes; null when that is nothing. */
  blotOf(jobId: string): Blot | null;
};

/**
 * Knows what runs must not show: the credentials that their requests keep back, and those of the environment they get.
 * (lmms-eval writes `HF_TOKEN` into its log.)
 */
export function createSecrecy(
  secretsOf: (jobId: string) => Secrets | null,
  ...environments: readonly Readonly<Record<string, string>>[]
): Secrecy {
  const variables = environments.flatMap((environment) => Object.entries(environment));
  const always = Blot.of(variables.flatMap(([name, value]) => credentialsOf(name, value)));
  return {
    reveal: ({ jobId, request }) => revealRequest(request, secretsOf(jobId)),
    blotOf: (jobId) => {
      // A number is written as it is by JSON, by Python and by the harness.
      const asked = Blot.of(secretTexts(secretsOf(jobId)?.reveal() ?? {}));
      return asked?.and(always) ?? always;
    },
  };
}

/** What of an outcome is evald's own word, and read by programs. */
const OWN_WORDS: ReadonlySet<string> = new Set(['status', 'kind']);

/** An outcome as it may be shown, all texts of it: a tail has lost the colours that a secret may have been written with. */
export function blotOutcome(outcome: Outcome, blot: Blot): Outcome {
  return blotTexts(outcome, blot);
}

function blotTexts<T>(value: T, blot: Blot): T;
function blotTexts(value: unknown, blot: Blot): unknown {
  if (typeof value === 'string') return blot.text(value);
  if (Array.isArray(value)) return value.map((item) => blotTexts(item, blot));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, item]) => [name, OWN_WORDS.has(name) ? item : blotTexts(item, blot)]));
}

/** What was thrown, without what its job keeps secret. */
export function blotFault(fault: RunError | UnavailableError, blot: Blot): RunError | UnavailableError {
  const text = blot.text(fault.message);
  return fault instanceof UnavailableError
    ? new UnavailableError(text, { kind: fault.kind, cause: fault })
    : new RunError(text, { cause: fault });
}
