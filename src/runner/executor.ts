import { join, resolve } from 'node:path';
import { type FileAccess, ownersOnly, umaskIn } from '../files/fileAccess.ts';
import { RunError, type RunExecutor, type RunFolders, type RunJob } from '../machines/ports/runner.ts';
import { UnfitError } from '../schemas/errors/errors.ts';
import type { Secrets } from '../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../schemas/submission/evaluateRequest.ts';
import { redactValue } from '../security/redaction/redactValue.ts';
import type { Backend } from './backends/backend.ts';
import { whereIs } from './backends/combineBackends.ts';
import { checkpointFile, expectCheckpoint, findFiles } from './checkpoint.ts';
import { createChecks, refuseImpossible } from './checks/checks.ts';
import type { NameCheck } from './checks/names.ts';
import { passedEnvironment, runEnvironment } from './environment.ts';
import { isOfTheMachine, launchFault } from './faults.ts';
import { beginLaunch, configFile, lastLaunch } from './folders/launches.ts';
import { makeOwnFolder } from './folders/ownFolders.ts';
import { createRunLog, dropUnused, expectSame, makeNamed, makeOwn } from './folders/preparedOutput.ts';
import { resolveFolder } from './folders/resolveFolder.ts';
import { createRunFolders, discardRun, type RunFolderPaths } from './folders/runFolders.ts';
import { expectWritable } from './folders/runsDir.ts';
import type { Harness } from './harnesses/contract.ts';
import { followLog } from './progress/follow.ts';
import { createConclusion, withWarnings } from './results/conclude.ts';
import { onlyWhenChanged, watchForResults } from './results/followResults.ts';
import { noteLaunch, withHarness } from './results/notedHarness.ts';
import { type RunReader, runReader } from './results/reader/runReader.ts';
import { forgetReading, noteReading } from './results/readingNote.ts';
import { runName } from './runName.ts';
import { createRunSecrets, createSecretGuard, type RunSecrets, redactFault, redactOutcome } from './secrets.ts';
import { shownCommand } from './shownCommand.ts';

export type RunExecutorDependencies = {
  harness: Harness;
  backend: Backend;
  /** What reads the files of runs; in this thread unless said. */
  reader?: RunReader;
  /** The same, for a run of which a server has ended while it read it; as `reader` unless said. */
  careful?: RunReader;
  /** Where runs write, shared by the executors of several harnesses; made of the below unless said. */
  runFolders?: RunFolderPaths;
  /** Folder of evald's own files. */
  dataDir: string;
  /** Folder in which `outputs/` and `runs/` are made, if it is another one. */
  runsDir?: string;
  /** Folders in which clients may name one, absolute; null, and without it: anywhere. */
  outputRoots?: readonly string[] | null;
  /** Which users may read what runs write; their owner only if left out. */
  access?: FileAccess;
  /** Milliseconds since 1970. */
  now: () => number;
  /** What runs get of the server's environment; what they need of it unless said. */
  environment?: Record<string, string>;
  /** What the request of a job keeps back: the journal knows it. Without it such a job cannot be run. */
  secretsOf?: (jobId: string) => Secrets | null;
  /** What runs must not show, where others are to know it too; without it made of the above. */
  runSecrets?: RunSecrets;
  /** Looks up the names of models and tasks; without it they are not looked at. */
  names?: NameCheck;
  /** Called with what went wrong and changed no outcome. */
  onProblem?: (message: string) => void;
  /** Seconds for which results that are not there at the end of a run are waited for; 0 unless said. */
  resultsWait?: number;
  /** Waits so many milliseconds; the system's clock unless said. */
  pause?: (milliseconds: number) => Promise<unknown>;
};

/** Binds a harness and a backend to what the runner chart asks. */
export function createRunExecutor({
  harness,
  backend,
  reader = runReader,
  outputRoots = null,
  now,
  ...more
}: RunExecutorDependencies): RunExecutor {
  const dataDir = resolve(more.dataDir);
  const runsDir = resolve(more.runsDir ?? dataDir);
  const { environment = passedEnvironment(process.env, []), onProblem = () => {}, resultsWait = 0, pause } = more;
  const { access = ownersOnly, careful = reader } = more;
  const runSecrets =
    more.runSecrets ??
    createRunSecrets({
      secretsOf: more.secretsOf ?? (() => null),
      environments: [runEnvironment(environment, harness.env), backend.variables ?? {}],
    });
  const runFolders = more.runFolders ?? createRunFolders(runsDir, outputRoots);
  const { ownOutputOf, stateOf, folderOf, namedFor, spelledFor, outputOf } = runFolders;
  const folders = { roots: outputRoots, dataDir, runsDir };

  const checks = createChecks({ harness, env: runEnvironment(environment, harness.env), names: more.names });
  const toCheck = (job: RunFolders, request: EvaluateRequest, lookUp: (named: string) => string) => ({
    request,
    output: outputOf(job, lookUp),
    configFile: configFile(join(stateOf(job), '1')),
  });

  const { command: commandOf, conceal } = createSecretGuard({ harness, runSecrets, stateOf, namedFor, onProblem });

  const checkEngineArgs = (args: readonly string[]): string | null => {
    if (args.length === 0) return null;
    if (backend.checkArgs === undefined) return `the backend ${backend.name} takes no words for an engine`;
    return backend.checkArgs(args);
  };

  const unusableOwn = (error: unknown) => launchFault(error, `the data folder ${runsDir} cannot be used`, true);
  const unusable = ({ request: { output_dir: named } }: RunJob, error: unknown) =>
    named ? launchFault(error, `output_dir ${named} cannot be used`, false) : unusableOwn(error);

  const conclude = createConclusion({ harness, resultsWait, ...(pause && { pause }) });

  return {
    trackers: backend.trackers ?? [],
    folderOf,
    checkpointFile,
    findFiles,

    async harnessFor(named) {
      if (named === null || named === harness.name) return harness.name;
      const message = `\`harness\` should be ${harness.name}, the only one there is`;
      throw new UnfitError({ path: ['harness'], input: named, message });
    },

    async check(job) {
      // Not by `folderOf`: that remembers where a folder was when its job was begun, which this is not.
      const { faults, warnings } = await checks.submission(
        toCheck(job, runSecrets.withNamed(job.request), resolveFolder),
      );
      const [first, ...others] = faults;
      if (first !== undefined) throw new UnfitError(first, ...others);
      if (harness.warm !== undefined) backend.warm?.revive(harness.warm.program);
      return warnings;
    },

    commandOf: async (job) => {
      const asked = toCheck(job, runSecrets.withNamed(job.request), resolveFolder);
      return shownCommand(await checks.command(asked), runSecrets.always());
    },

    async prepare(job) {
      const named = job.request.output_dir;
      const asked = async () => {
        refuseImpossible(job.resources);
        // A job may have been submitted when more was allowed, or when there was an engine.
        const refused = checkEngineArgs(job.resources.engineArgs);
        if (refused !== null) throw new RunError(`its words for the engine (engine_args) cannot be used: ${refused}`);
        await expectCheckpoint(job);
        const warnings = await checks.launch(
          toCheck(job, runSecrets.reveal(job), () => folderOf(job.part?.of ?? job.request) ?? ''),
        );
        return { warnings, resolvedTasks: await harness.resolveTasks?.(job.request) };
      };
      // An earlier launch, which never came to be, may have left some.
      const { warnings, resolvedTasks } = await asked().catch(async (error) => {
        await conceal(job, null, reader);
        throw error;
      });
      const state = stateOf(job);
      try {
        const isFirst = await makeOwnFolder(state).catch((error) => {
          throw unusableOwn(error);
        });
        const folder = namedFor(job);
        const made =
          named && folder !== null
            ? await makeNamed(spelledFor(job), folder, folders, access)
            : await makeOwn(ownOutputOf(job), access);
        const { output } = made;
        try {
          // Listed before the log is there, so that nothing of this run is among it.
          const before = made.isNew ? [] : await harness.list(output);
          const unused = isFirst ? undefined : (await lastLaunch(state).catch(() => null))?.prepared.log;
          const log = await createRunLog(made, new Date(now()), access);
          if (unused !== undefined) await dropUnused(unused);
          const odd = warnings.length > 0 ? { warnings } : {};
          return {
            output,
            ownOutput: folder === null,
            log,
            before,
            operatorOptions: [...harness.operatorOptions],
            ...odd,
            ...(resolvedTasks && { resolvedTasks }),
          };
        } finally {
          await made.handle?.close();
        }
      } catch (error) {
        // An earlier launch, which never came to be, may have left some.
        await conceal(job, null, reader).catch((fault) => {
          throw unusableOwn(fault);
        });
        throw unusable(job, error);
      }
    },

    async launch(job, prepared) {
      const state = await beginLaunch(stateOf(job), prepared, job.resources.devices).catch((error) => {
        throw unusableOwn(error);
      });
      try {
        const command = await commandOf(job, prepared, state);
        const env = runEnvironment(environment, harness.env);
        // As late as can be: until here anything may have been put there.
        const folder = namedFor(job);
        if (folder !== null) {
          await expectSame(folder, prepared.output).catch((error) => {
            throw unusable(job, error);
          });
        }
        const { jobId, resources } = job;
        const umask = await umaskIn(prepared.output, access).catch((error) => {
          throw unusable(job, error);
        });
        const program = harness.warm?.program;
        const name = runName(job.request);
        const spec = { jobId, name, command, env, umask, log: prepared.log, state, resources };
        const handle = await backend.launch({ ...spec, warm: program });
        await noteLaunch(harness, state, handle['warm'] === true);
        return handle;
      } catch (error) {
        const { redactor } = await conceal(job, prepared, reader).catch((fault) => {
          throw unusable(job, fault);
        });
        const fault = error instanceof RunError ? error : launchFault(error, 'it could not be started', true);
        // An engine's words may have what it was given.
        throw redactor === null ? fault : redactFault(fault, redactor);
      }
    },

    async probe() {
      await harness.probe?.();
      await expectWritable(runsDir, access).catch((error) => {
        throw unusableOwn(error);
      });
      await backend.probe?.();
    },

    async recover(job) {
      try {
        const launch = await lastLaunch(stateOf(job));
        if (launch === null) return null;
        try {
          const handle = await backend.recover(launch.state);
          return handle && { prepared: launch.prepared, handle };
        } catch (error) {
          await conceal(job, launch.prepared, reader);
          throw error;
        }
      } catch (error) {
        throw isOfTheMachine(error) ? launchFault(error, 'its launch cannot be looked up', true) : error;
      }
    },

    watch: (handle, report) => backend.watch(handle, report),
    whereIs: (handle) => whereIs(backend, handle),
    checkEngineArgs,

    follow(job, prepared, report, handle) {
      const redactor = runSecrets.redactorOf(job.jobId);
      const isSaved = async () => (await harness.measure(prepared, runSecrets.reveal(job)))?.isWhole === true;
      const measured = onlyWhenChanged(isSaved, () => reader.state(prepared));
      const results = watchForResults(measured, () => report({ type: 'run.saved' }));
      const output = async () => (await backend.outputOf?.(handle)) ?? null;
      const { num_gpus: ranks } = job.request;
      const endLog = followLog(
        { path: prepared.log, isOwn: prepared.ownOutput, ranks, output, meter: harness.meter?.(ranks) },
        (sign) => {
          if (sign.type === 'run.output') results.output();
          report(redactor === null ? sign : redactValue(sign, redactor));
        },
      );
      return () => {
        endLog();
        results.end();
      };
    },

    stop: (handle, how) => backend.stop(handle, how),
    withdraw: (handle) => backend.withdraw(handle),

    async collect(job, prepared, exit, stopReason) {
      const folder = stateOf(job);
      const isAgain = await noteReading(folder);
      const by = isAgain ? careful : reader;
      const { redactor, request, warnings } = await conceal(job, prepared, by);
      const state = async () => (await lastLaunch(folder).catch(() => null))?.state ?? null;
      const ended = { request, prepared, exit, stopReason, state, reader: by, isAgain };
      const outcome = await withHarness(withWarnings(await conclude(ended), warnings), harness, folder);
      await forgetReading(folder);
      if (redactor === null) return outcome;
      // Where it takes too long there it is done here: what was measured is not lost.
      return by.outcome(outcome, redactor.forms).catch(() => redactOutcome(outcome, redactor));
    },

    discard: (job) => discardRun(runFolders, job),
  };
}
