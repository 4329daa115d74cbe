import { resolve } from 'node:path';
import { RunError, UnavailableError } from '../../../machines/ports/runner.ts';
import { launchFault } from '../../faults.ts';
import { workingFolder } from '../../folders/workingFolder.ts';
import type { Backend } from '../backend.ts';
import { claimOf, claimStart } from '../shared/claim.ts';
import { systemTimers, type Timers } from '../shared/pollSchedule.ts';
import { createSlurmCommands, SlurmError } from './command.ts';
import { createDescribe } from './describe.ts';
import { readHandle, type SlurmHandle } from './handle.ts';
import { createOwnJobs } from './ownJobs.ts';
import { listQueue } from './queue.ts';
import {
  forgetProgram,
  readClaim,
  readSlurmSubmission,
  readSubmitted,
  type SlurmSubmission,
  writeSlurmSubmission,
} from './stateFolder.ts';
import { createStop } from './stop.ts';
import {
  type Answered,
  checkEngineArgs,
  commentOf,
  describeSubmission,
  expectTaken,
  refusalFault,
  type SubmitSettings,
} from './submit.ts';
import { createWatcher } from './watcher.ts';

export type SlurmSettings = SubmitSettings & {
  /** Names of the options of sbatch that a job may choose, without dashes. */
  allowedArgs: readonly string[];
  /** The server's environment: by it Slurm's commands are found, and they find their cluster. */
  env: Readonly<Record<string, string | undefined>>;
  time?: Timers;
  /** Milliseconds one of Slurm's commands may take. */
  commandLimit?: number;
};

/**
 * Has Slurm run programs, each as a batch job. The state folder and the log must be on a disk that the nodes share.
 *
 * What happens once and only once is decided by the run's `claim`, in the state folder: by it alone a job that was
 * submitted twice, or found too late, starts nothing. So a submission of which no one knows whether it arrived can be
 * repeated, and a controller that does not answer is waited for: it is no fault of the run.
 */
export function createSlurmBackend(settings: SlurmSettings): Backend {
  const commands = createSlurmCommands(settings.env, settings.commandLimit);
  const whyAll = async (refusal: SlurmError) => {
    const fault = await refusalFault(refusal, commands, settings);
    return fault instanceof UnavailableError ? fault.message : null;
  };
  const kill = (handle: SlurmHandle) => stop(handle, 'kill');
  const watcher = createWatcher(commands, settings.time ?? systemTimers, kill, whyAll, settings.grace);
  const stop = createStop(commands, watcher);

  /**
   * What was refused while all was may be taken when it turns out that all is taken again. @throws SlurmError when it is
   * refused for itself, or cannot be submitted; UnavailableError while all are refused.
   */
  const submitTwice = async (handle: SlurmHandle, submission: SlurmSubmission): Promise<Answered> => {
    try {
      return await watcher.submit(handle, submission);
    } catch (error) {
      if (!(error instanceof SlurmError) || error.fault !== 'refused') throw error;
      const fault = await refusalFault(error, commands, settings);
      if (fault instanceof UnavailableError) throw fault;
      return watcher.submit(handle, submission);
    }
  };

  return {
    name: 'slurm',
    trackers: [watcher.system],

    async launch(spec) {
      const state = resolve(spec.state);
      if (state.includes('\\')) {
        throw new UnavailableError(`${state} has a backslash, which Slurm cannot take`, { kind: 'settings' });
      }
      if ((await readSlurmSubmission(state)) !== null || (await claimOf(state)) !== null) {
        throw new RunError(`the run of ${state} was started or taken back before`);
      }
      try {
        const submission = describeSubmission(spec, state, settings, await workingFolder(state));
        await writeSlurmSubmission(spec, state, submission);
        const unanswered = handleOf(submission, null, state);
        const { id } = await submitTwice(unanswered, submission);
        return { ...unanswered, id };
      } catch (error) {
        // What is left in the folder is never submitted by anybody.
        await claimStart(state).catch(() => {});
        await forgetProgram(state);
        if (error instanceof SlurmError) throw await refusalFault(error, commands, settings);
        if (error instanceof RunError) throw error;
        throw launchFault(error, 'it could not be submitted', true);
      }
    },

    async recover(state) {
      const submission = await readSlurmSubmission(state);
      const claim = await readClaim(state);
      if (submission === null) {
        if (!(await claimStart(state))) throw new Error(`${state} was taken by a job that it does not tell of`);
        await forgetProgram(state);
        return null;
      }
      // Taken back before it began, by a server that ended over it.
      if ((await claimOf(state)) === 'evald') {
        await forgetProgram(state);
        // Slurm may not have answered then.
        void stop(handleOf(submission, null, state), 'kill').catch(() => {});
        return null;
      }
      // With or without an id: what watches it finds it by its comment, or submits it if it is not there.
      const handle = handleOf(submission, claim?.id ?? (await readSubmitted(state))?.id ?? null, state);
      return handle.id === null ? { ...handle, id: await idInQueue(handle) } : handle;
    },

    watch: (handle, report) => watcher.watch(readHandle(handle), report),
    stop: async (handle, how) => {
      await stop(readHandle(handle), how);
      watcher.hurry();
    },
    async withdraw(handle) {
      const { state } = readHandle(handle);
      const isOurs = await claimStart(state);
      if (isOurs) await forgetProgram(state);
      return isOurs;
    },
    describe: createDescribe(commands, watcher.unsubmitted),
    probe: () => expectTaken(commands, settings),
    idOf: (handle) => {
      const { id, name } = readHandle(handle);
      return id ?? name;
    },
    checkArgs: (args) => checkEngineArgs(args, settings.allowedArgs),
  };

  /** Null when Slurm knows no job that surely is the run's, or does not answer. */
  async function idInQueue(handle: SlurmHandle): Promise<string | null> {
    const rows = await listQueue(commands).catch(() => []);
    return rows.find(createOwnJobs(handle, commands).isSurely)?.id ?? null;
  }
}

function handleOf(submission: SlurmSubmission, id: string | null, state: string): SlurmHandle {
  const { name, unique } = submission;
  return { backend: 'slurm', name, unique, id, comment: commentOf(submission), state };
}
