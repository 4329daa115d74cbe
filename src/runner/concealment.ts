import type { Blot } from '../files/blot.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import { maskedNames } from '../schemas/secretRequest.ts';
import { configFile, deleteConfigs, writeConfig } from './attempts.ts';
import { type Harness, type PreparedRun, RunError, type RunJob } from './contract.ts';
import type { Redaction, RunReader } from './reader/runReader.ts';
import { ReadingError } from './reader/threads.ts';
import type { Secrecy } from './secrecy.ts';

export type ConcealmentDependencies = {
  harness: Harness;
  secrecy: Secrecy;
  /** The folder of state of a job. */
  stateOf: (job: RunJob) => string;
  /** The folder that the client named for a request, as it was looked up; null when none was named. */
  folderOf: (request: EvaluateRequest) => string | null;
  /** Told what could not be concealed. */
  onProblem: (message: string) => void;
};

/** Gives runs their secrets in a way that nobody else sees, and afterwards takes care that nothing shows them. */
export function createConcealment({ harness, secrecy, stateOf, folderOf, onProblem }: ConcealmentDependencies) {
  return {
    /**
     * The command of a run. Its arguments stand in a file of the launch, not on the command line, when one of them is a
     * secret. @throws RunError when one is not known, as the harness, or the system's error.
     */
    async command(job: RunJob, { output }: PreparedRun, state: string): Promise<[string, ...string[]]> {
      const sent = secrecy.reveal(job);
      const masked = maskedNames(sent);
      if (masked !== null) throw new RunError(`the journal has no credentials for it any more: ${masked}`);
      if (sent === job.request) return harness.command(sent, output);
      await writeConfig(state, await harness.configText(sent));
      return harness.command(job.request, output, configFile(state));
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
    ): Promise<{ request: EvaluateRequest; blot: Blot | null; warnings: string[] }> {
      const warnings: string[] = [];
      const request = secrecy.reveal(job);
      if (request !== job.request) {
        await deleteConfigs(stateOf(job)).catch((error) =>
          warnings.push(`its arguments could not be deleted: ${error}`),
        );
      }
      const blot = secrecy.blotOf(job.jobId);
      if (blot !== null && prepared !== null) {
        const asked = { run: prepared, named: folderOf(job.request), forms: blot.forms };
        warnings.push(...(await redacted(asked, reader)));
      }
      if (blot !== null && warnings.length > 0) secrecy.keep(job.jobId, blot);
      for (const warning of warnings) onProblem(`job ${job.jobId}: ${warning}`);
      return { request, blot, warnings };
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
