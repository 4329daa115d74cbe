import { Blot } from '../files/blot.ts';
import { redactValue } from '../files/redactValue.ts';
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
  /**
   * Has what is read of a job be redacted although it has ended, for as long as the server runs: what its run wrote could
   * not be. Of the thousand jobs of which that is so last.
   */
  keep(jobId: string, blot: Blot): void;
};

const MOST_KEPT = 1_000;

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
  const kept = new Map<string, Blot>();
  return {
    keep: (jobId, blot) => {
      kept.set(jobId, blot);
      const [oldest] = kept.keys();
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
    },
    reveal: ({ jobId, request }) => revealRequest(request, secretsOf(jobId)),
    blotOf: (jobId) => {
      // A number is written as it is by JSON, by Python and by the harness.
      const asked = Blot.of(secretTexts(secretsOf(jobId)?.reveal() ?? {}));
      return asked?.and(always) ?? kept.get(jobId) ?? always;
    },
  };
}

/** An outcome as it may be shown. What is evald's own word, and read by programs, stays. */
export function blotOutcome(outcome: Outcome, blot: Blot): Outcome {
  const shown = redactValue(outcome, blot);
  return Object.assign(shown, { status: outcome.status }, outcome.status === 'failed' && { kind: outcome.kind });
}

/** What was thrown, without what its job keeps secret. */
export function blotFault(fault: RunError | UnavailableError, blot: Blot): RunError | UnavailableError {
  const text = blot.text(fault.message);
  return fault instanceof UnavailableError
    ? new UnavailableError(text, { kind: fault.kind, cause: fault })
    : new RunError(text, { cause: fault });
}
