import { resolve } from 'node:path';
import type { Config } from '../config/options.ts';
import type { Log } from '../logging/log.ts';
import type { ImportReader } from '../machines/ports/imports.ts';
import type { RunExecutor } from '../machines/ports/runner.ts';
import type { Backend } from '../runner/backends/backend.ts';
import { createEngineWatch } from '../runner/backends/shared/engineWatch.ts';
import { type Admission, createAdmission } from '../runner/checks/admission.ts';
import { createNameCheck } from '../runner/checks/names.ts';
import { runEnvironment } from '../runner/environment.ts';
import { createRunExecutor } from '../runner/executor.ts';
import { createDisks, type Disks, startedWithRoom } from '../runner/folders/disks.ts';
import { outputRoots, outputsOf } from '../runner/folders/outputFolders.ts';
import { createRunFolders } from '../runner/folders/runFolders.ts';
import { type HarnessRegistry, warningOf } from '../runner/harnesses/registry.ts';
import { warmHarness } from '../runner/harnesses/warm.ts';
import { createHarnessRuns } from '../runner/harnessRuns.ts';
import { createMerge } from '../runner/merge.ts';
import { type Comparisons, createComparisons } from '../runner/results/comparisons.ts';
import { createJobOutput, type JobOutput } from '../runner/results/jobOutput.ts';
import { openReaders } from '../runner/results/reader/threadedReader.ts';
import { createRunSecrets, type RunSecrets } from '../runner/secrets.ts';
import type { EngineState } from '../schemas/engine/engine.ts';
import type { MergeRequest } from '../schemas/harness/merge.ts';
import { type NamedSecrets, openNamedSecrets } from '../security/namedSecrets.ts';
import { isLoopback } from '../security/tokens/exposure.ts';
import { notedRuns } from '../watchdog/notedRuns.ts';
import { openHarnesses } from './openHarnesses.ts';
import type { Stores } from './openStores.ts';
import { type Checked, firstFault } from './startChecks.ts';

/** Milliseconds between two looks at the engine that nothing has asked for. */
const ENGINE_LOOK = 30_000;

/** What runs evaluations, and what reads what they have written. */
export type Runner = {
  harnesses: HarnessRegistry;
  backend: Backend;
  runs: RunExecutor;
  runSecrets: RunSecrets;
  /** The operator's secrets. */
  named: NamedSecrets;
  admission: Admission;
  output: JobOutput;
  comparisons: Comparisons;
  /** What reads the files of earlier runs. */
  imports: ImportReader;
  /** @throws EvaldError as the merger, or `notAllowed`. */
  merge(request: MergeRequest): Promise<string>;
  /** How the place is where runs run. Soon, and never throws. */
  engine(): Promise<EngineState>;
  /** The disks that evald and its runs write to. */
  disks: Pick<Disks, 'look'>;
  /** Why nothing could be launched now; null: it could, or an engine will say. */
  blockedBy: string | null;
  /** Has the harness ready for the first questions, and looks at the engine now and then. For a server that listens. */
  begin(): void;
};

export type RunnerParts = {
  config: Config;
  log: Log;
  checked: Checked;
  stores: Stores;
  /** What may stand between the scheduler and the runs. */
  decorate: (runs: RunExecutor) => RunExecutor;
  /** Aborted when the server ends: all that is opened here is closed. */
  closing: AbortSignal;
};

/**
 * Binds the harnesses to the backend, and tries whether a run could be launched.
 * @throws as `openHarnesses`.
 */
export async function openRunner({ config, log, checked, stores, decorate, closing }: RunnerParts): Promise<Runner> {
  const { environment, fileAccess, backend } = checked;
  const { journal, clock, runsDir } = stores;
  const dataDir = config['data-dir'];
  const onClosing = (close: () => void) => closing.addEventListener('abort', close, { once: true });
  const engine = createEngineWatch(backend, {
    onReach: (reason) =>
      reason === null
        ? log.info(`${backend.name} can be reached again`)
        : log.warn(`${backend.name} cannot be reached: ${reason}; jobs are taken, and run when it can`),
  });
  // Where no other machine can ask, any folder may be named, as with the original.
  const isOpen = checked.access.findHolder === null && checked.addresses.every(isLoopback);
  const roots = outputRoots(config['output-root'], runsDir, isOpen);
  const named = openNamedSecrets(checked.secrets, dataDir, log);
  const admission = createAdmission({
    folders: { roots, dataDir, runsDir },
    models: config['allow-model'],
    tasks: config['allow-task'],
    secretNames: named.names,
  });
  const readers = openReaders(config['judge-timeout']);
  onClosing(readers.close);
  const harnesses = await openHarnesses({ config, log, checked, stores, reader: readers.judging, closing });
  onClosing(() => backend.close?.());
  const rule = config['check-names'];
  const runSecrets = createRunSecrets({
    secretsOf: journal.secretsOf,
    named,
    environments: [...harnesses.all.map(({ env }) => runEnvironment(environment, env)), backend.variables ?? {}],
  });
  const runFolders = createRunFolders(resolve(runsDir ?? dataDir), roots);
  const made = decorate(
    createHarnessRuns(harnesses, (harness) =>
      createRunExecutor({
        ...(rule !== 'off' && { names: createNameCheck({ rule, harness, catalog: harnesses.catalogFor(harness) }) }),
        ...{ harness, backend, dataDir, runsDir, runFolders, environment },
        ...{ reader: readers.judging, careful: readers.careful },
        outputRoots: roots,
        access: fileAccess,
        now: clock.now,
        runSecrets,
        onProblem: (text) => log.error(text),
        resultsWait: config['results-wait'] ?? (config.backend === 'local' ? 0 : 60),
      }),
    ),
  );
  const disks = createDisks({ data: resolve(dataDir), runs: resolve(runsDir) }, config['min-free']);
  const runs = notedRuns(config['min-free'] === 0 ? made : startedWithRoom(made, disks));
  const blockedBy = backend.name === 'local' ? await firstFault(runs) : null;
  // Of one that is blocked the scheduler says why.
  if (blockedBy === null) {
    void warningOf(config.harness, harnesses.usual).then((warning) => warning !== null && log.warn(warning));
  }
  const merge = createMerge({
    ...{ python: config.python, env: runEnvironment(environment, {}), access: fileAccess },
    redactor: runSecrets.always(),
    signal: closing,
  });
  return {
    ...{ harnesses, backend, runs, runSecrets, named, admission, engine, blockedBy, disks },
    output: createJobOutput(runsDir, readers.serving),
    comparisons: createComparisons(runsDir, readers.comparing),
    imports: readers.serving,
    merge: async (request) => merge(admission.merge(request)),
    begin: () => {
      void engine();
      void warmHarness({
        ...{ harness: harnesses.usual, catalog: harnesses.catalogFor(harnesses.usual), warm: backend.warm ?? null },
        ...{ folders: [outputsOf(runsDir), ...(roots ?? [])] },
        ...{ prefix: config['temp-dir-prefix'], onProblem: log.error },
      });
      // For the log, when nothing asks.
      const looking = setInterval(() => void engine(), ENGINE_LOOK).unref();
      onClosing(() => clearInterval(looking));
    },
  };
}
