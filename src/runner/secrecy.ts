import { Blot } from '../files/blot.ts';
import { credentialsOf } from '../schemas/credentials.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { Outcome } from '../schemas/outcome.ts';
import { revealRequest, type Secrets } from '../schemas/secretRequest.ts';
import { secretTexts } from '../schemas/secrets.ts';
import type { RunJob } from './contract.ts';

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

/** An outcome as it may be shown: a tail has lost the colours that a secret may have been written with. */
export function blotOutcome(outcome: Outcome, blot: Blot): Outcome {
  return {
    ...outcome,
    ...('reason' in outcome && outcome.reason !== undefined && { reason: blot.text(outcome.reason) }),
    ...('cause' in outcome && outcome.cause !== undefined && { cause: blot.text(outcome.cause) }),
    ...('warnings' in outcome && { warnings: outcome.warnings.map((warning) => blot.text(warning)) }),
    ...('tail' in outcome && { tail: outcome.tail.map((line) => blot.text(line)) }),
  };
}
