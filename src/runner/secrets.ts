import { dirname } from 'node:path';
import { type PreparedRun, RunError, type RunJob, UnavailableError } from '../machines/ports/runner.ts';
import type { Outcome } from '../schemas/job/outcome.ts';
import { credentialsOf } from '../schemas/secrets/credentials.ts';
import { secretReferences, withNamedSecrets } from '../schemas/secrets/namedSecrets.ts';
import { maskedNames, revealRequest, type Secrets } from '../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import type { NamedSecrets } from '../security/namedSecrets.ts';
import { Redactor } from '../security/redaction/redactor.ts';
import { redactValue } from '../security/redaction/redactValue.ts';
import { configFile, deleteConfigs, lastLaunch, writeConfig, writeProgram } from './folders/launches.ts';
import type { StateOwner } from './folders/runFolders.ts';
import type { Harness } from './harnesses/contract.ts';
import type { Redaction, RunReader } from './results/reader/runReader.ts';
import { ReadingError } from './results/reader/threads.ts';

/** What is not to be seen of runs. */
export type RunSecrets = {
  /**
   * The request of a job as it was sent, with the operator's secrets that it names; the same object when it keeps nothing back and
   * names none that is known.
   */
  reveal(job: Pick<RunJob, 'jobId' | 'request'>): EvaluateRequest;
  /** The same of one that is no job yet. */
  withNamed(request: EvaluateRequest): EvaluateRequest;
  /** To be called before a run gets what `reveal` has: notes which of the operator's secrets it gets. @throws the system's error. */
  handOut(request: EvaluateRequest): void;
  /** What is not to be seen of what the run of a job writes; null when that is nothing. */
  redactorOf(jobId: string): Redactor | null;
  /**
   * Has what is read of a job be redacted although it has ended, for as long as the server runs: what its run wrote could
   * not be. Of the thousand jobs of which that is so last.
   */
  keep(jobId: string, redactor: Redactor): void;
  /** What is not to be seen of anything that has the environment of runs, or the operator's secrets; null when that is nothing. */
  always(): Redactor | null;
};

/** What `createRunSecrets` knows them by. */
export type SecretSources = {
  /** What the request of a job keeps back. */
  secretsOf: (jobId: string) => Secrets | null;
  /** The secrets that requests may name; absent: there are none. */
  named?: NamedSecrets | undefined;
  /** What runs get, of whatever harness. */
  environments?: readonly Readonly<Record<string, string>>[];
};

const MOST_KEPT = 1_000;
/** Jobs whose secrets are ready to be looked for: to prepare the most that a request may have takes a tenth of a second. */
const MOST_PREPARED = 16;

/**
 * Knows what runs must not show: the credentials that their requests keep back, the operator's secrets, and the credentials of the
 * environment they get. (lmms-eval writes `HF_TOKEN` into its log.)
 */
export function createRunSecrets({ secretsOf, named, environments = [] }: SecretSources): RunSecrets {
  const variables = environments.flatMap((environment) => Object.entries(environment));
  const ofEnvironment = variables.flatMap(([name, value]) => credentialsOf(name, value));
  const kept = new Map<string, Redactor>();
  /** Of jobs whose secrets the journal still has, and no others. */
  const prepared = new Map<string, Redactor>();
  let current: { texts: readonly string[] | undefined; redactor: Redactor | null } | undefined;
  const always = () => {
    const texts = named?.texts();
    if (current === undefined || current.texts !== texts) {
      prepared.clear();
      current = { texts, redactor: Redactor.of([...ofEnvironment, ...(texts ?? [])]) };
    }
    return current.redactor;
  };
  const lookUp = (name: string) => named?.lookUp(name);
  return {
    always,
    keep: (jobId, redactor) => setNewest(kept, jobId, redactor, MOST_KEPT),
    withNamed: (request) => withNamedSecrets(request, lookUp),
    reveal: ({ jobId, request }) => withNamedSecrets(revealRequest(request, secretsOf(jobId)), lookUp),
    handOut: (request) => named?.handOut(secretReferences(request).flatMap(({ name }) => lookUp(name) ?? [])),
    redactorOf: (jobId) => {
      const standing = always();
      const secrets = secretsOf(jobId);
      if (secrets === null) {
        prepared.delete(jobId);
        return kept.get(jobId) ?? standing;
      }
      // A number is written as it is by JSON, by Python and by the harness.
      const redactor = prepared.get(jobId) ?? Redactor.of(secrets.texts())?.and(standing);
      if (redactor === undefined) return kept.get(jobId) ?? standing;
      setNewest(prepared, jobId, redactor, MOST_PREPARED);
      return redactor;
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
export function redactOutcome(outcome: Outcome, redactor: Redactor): Outcome {
  const shown = redactValue(outcome, redactor);
  return Object.assign(shown, { status: outcome.status }, outcome.status === 'failed' && { kind: outcome.kind });
}

/** What was thrown, without what its job keeps secret. */
export function redactFault(fault: RunError | UnavailableError, redactor: Redactor): RunError | UnavailableError {
  const text = redactor.text(fault.message);
  return fault instanceof UnavailableError
    ? new UnavailableError(text, { kind: fault.kind, cause: fault })
    : new RunError(text, { cause: fault });
}

export type SecretGuardDependencies = {
  harness: Harness;
  runSecrets: RunSecrets;
  /** The folder of state of a job. */
  stateOf: (job: StateOwner) => string;
  /** The folder of the run in the one that its client named, as it was looked up; null when none was named. */
  namedFor: (job: RunJob) => string | null;
  /** Called with what could not be concealed. */
  onProblem: (message: string) => void;
};

/** Gives runs their secrets in a way that no one else sees, and afterwards takes care that nothing shows them. */
export function createSecretGuard({ harness, runSecrets, stateOf, namedFor, onProblem }: SecretGuardDependencies) {
  /** Where the run, or the runs, of the job that one repeats have written; undefined: it is not known any more. */
  const earlierOutput = async ({ retryOf: jobId }: RunJob): Promise<string | undefined> => {
    if (jobId === null || jobId === undefined) return undefined;
    const outputOf = async (job: StateOwner) => (await lastLaunch(stateOf(job)).catch(() => null))?.prepared.output;
    const ofPart = await outputOf({ jobId, part: { number: 1 } });
    return ofPart === undefined ? outputOf({ jobId }) : dirname(ofPart);
  };

  return {
    /**
     * The command of a run. Its arguments stand in a file of the launch, not on the command line, when one of them is a
     * secret, or the harness always wants them there. @throws RunError when one is not known, as the harness, or the system's error.
     */
    async command(job: RunJob, { output, resolvedTasks }: PreparedRun, state: string): Promise<[string, ...string[]]> {
      const sent = runSecrets.reveal(job);
      const masked = maskedNames(sent);
      if (masked !== null) throw new RunError(`the journal has no credentials for it any more: ${masked}`);
      const unknown = secretReferences(sent)[0]?.name;
      if (unknown !== undefined) throw new RunError(`the server has no secret ${unknown} any more (--secrets)`);
      runSecrets.handOut(job.request);
      if (sent === job.request && harness.alwaysConfig !== true) {
        return harness.command(sent, output, undefined, resolvedTasks);
      }
      await writeConfig(state, await harness.configText(sent));
      for (const { name, read } of harness.programFiles ?? []) await writeProgram(state, name, await read());
      const earlier = harness.resumes === true ? await earlierOutput(job) : undefined;
      return harness.command(job.request, output, configFile(state), resolvedTasks, earlier);
    },

    /**
     * To be called when nothing of a run goes on, and before its job ends: afterwards no file that evald shows has a
     * secret, but for those of which the warnings say so. May be called again. @param prepared null when it was not prepared.
     * @param reader what redacts its files.
     * @returns its request as it was sent, what is to be redacted in what is reported of it, and what its client should know.
     */
    async conceal(
      job: RunJob,
      prepared: PreparedRun | null,
      reader: Pick<RunReader, 'redact'>,
    ): Promise<{ request: EvaluateRequest; redactor: Redactor | null; warnings: string[] }> {
      const warnings: string[] = [];
      const request = runSecrets.reveal(job);
      // The operator may have taken a secret away meanwhile.
      if (request !== job.request || secretReferences(job.request).length > 0) {
        await deleteConfigs(stateOf(job)).catch((error) =>
          warnings.push(`its arguments could not be deleted: ${error}`),
        );
      }
      const redactor = runSecrets.redactorOf(job.jobId);
      if (redactor !== null && prepared !== null) {
        const asked = { run: prepared, named: namedFor(job), forms: redactor.forms };
        warnings.push(...(await redacted(asked, reader)));
      }
      if (redactor !== null && warnings.length > 0) runSecrets.keep(job.jobId, redactor);
      for (const warning of warnings) onProblem(`job ${job.jobId}: ${warning}`);
      return { request, redactor, warnings };
    },
  };
}

/** Redacts the files of a run; what could not be is a line each. */
async function redacted(asked: Redaction, reader: Pick<RunReader, 'redact'>): Promise<string[]> {
  try {
    const { named, more } = await reader.redact(asked);
    const rest = `${more} more files may show a credential, for they could not be redacted`;
    return more === 0 ? named : [...named, rest];
  } catch (error) {
    if (!(error instanceof ReadingError)) throw error;
    return [`${asked.run.output} may show a credential, for what is in it was not redacted: it ${error.message}`];
  }
}
