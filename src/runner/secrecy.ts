import { Blot } from '../files/blot.ts';
import { redactValue } from '../files/redactValue.ts';
import { credentialsOf } from '../schemas/credentials.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import type { Outcome } from '../schemas/outcome.ts';
import { revealRequest, type Secrets } from '../schemas/secretRequest.ts';
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
  /** What is not to be seen of anything that has the environment of runs; null when that is nothing. */
  readonly always: Blot | null;
};

const MOST_KEPT = 1_000;
/** Jobs whose secrets are ready to be looked for: to prepare the most that a request may have takes a tenth of a second. */
const MOST_PREPARED = 16;

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
  /** Of jobs whose secrets the journal still has, and no others. */
  const prepared = new Map<string, Blot>();
  return {
    always,
    keep: (jobId, blot) => setNewest(kept, jobId, blot, MOST_KEPT),
    reveal: ({ jobId, request }) => revealRequest(request, secretsOf(jobId)),
    blotOf: (jobId) => {
      const secrets = secretsOf(jobId);
      if (secrets === null) {
        prepared.delete(jobId);
        return kept.get(jobId) ?? always;
      }
      // A number is written as it is by JSON, by Python and by the harness.
      const blot = prepared.get(jobId) ?? Blot.of(secrets.texts())?.and(always);
      if (blot === undefined) return kept.get(jobId) ?? always;
      setNewest(prepared, jobId, blot, MOST_PREPARED);
      return blot;
    },
  };
}

/** Sets an entry as the newest of a map, from which the oldest goes when there are too many. */
function setNewest<T>(map: Map<string, T>, name: string, value: T, most: number): void {
  map.delete(name);
  map.set(name, value);
  const [oldest] = map.keys();
  if (map.size > most && oldest !== undefined) map.delete(oldest);
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
