import type { Clock } from './clock.ts';
import type { Config } from './config/options.ts';
import type { FileAccess } from './files/fileAccess.ts';
import type { Journal } from './journal/contract.ts';
import type { Log } from './log.ts';
import { keepHarness } from './remembered.ts';
import { type Catalog, createCatalog } from './runner/catalog.ts';
import { checkHarness, chooseHarness } from './runner/chooseHarness.ts';
import type { Backend, Harness, Runs } from './runner/contract.ts';
import { runEnvironment } from './runner/environment.ts';
import { createNameCheck } from './runner/names.ts';
import type { Readers } from './runner/reader/threadedReader.ts';
import { createRuns } from './runner/runs.ts';
import { createSecrecy, type Secrecy } from './runner/secrecy.ts';
import { firstFault } from './startChecks.ts';
import { notedRuns } from './watchdog/notedRuns.ts';

/** What runs are made of. */
export type OpenedRuns = {
  harness: Harness;
  catalog: Catalog;
  runs: Runs;
  secrecy: Secrecy;
  /** Why nothing could be launched now; null: it could, or an engine will say. */
  blockedBy: string | null;
};

export type RunsParts = {
  config: Config;
  log: Log;
  journal: Journal;
  clock: Clock;
  backend: Backend;
  /** What runs get of the server's environment. */
  environment: Record<string, string>;
  /** What reads the files of runs. */
  readers: Readers;
  runsDir: string;
  /** Folders in which clients may name one; null: anywhere. */
  outputRoots: readonly string[] | null;
  /** Who may read what runs write. */
  access: FileAccess;
  /** What may stand between the scheduler and the runs. */
  decorate: (runs: Runs) => Runs;
  /** Aborted when the server ends. */
  closing: AbortSignal;
};

/**
 * The runner's part of a server: chooses the harness, binds it to the backend, and tries whether a run could be launched.
 * @throws ConfigError when the harness is another one than jobs wait for.
 */
export async function openRuns(parts: RunsParts): Promise<OpenedRuns> {
  const { config, log, journal, clock, backend, environment, readers, runsDir } = parts;
  const harness = await chooseHarness(config.harness, {
    python: config.python,
    extraArgs: config['extra-args'],
    environment,
    reader: readers.judging,
    answerLimits: { failed: config['max-failed-answers'], empty: config['max-empty-answers'] },
  });
  await keepHarness(config, journal, harness.name);
  const catalog = createCatalog({
    list: { tasks: () => harness.listTasks(), models: () => harness.listModels() },
    tasksChangedAt: () => harness.tasksChangedAt(),
    now: clock.monotonic,
    logError: (message, error) => log.error(`${message}: ${error}`),
    signal: parts.closing,
  });
  const rule = config['check-names'];
  const secrecy = createSecrecy(journal.secretsOf, runEnvironment(environment, harness.env), backend.variables ?? {});
  const made = parts.decorate(
    createRuns({
      ...(rule !== 'off' && { names: createNameCheck({ rule, harness, catalog }) }),
      ...{ harness, backend, runsDir, environment, reader: readers.judging, careful: readers.careful },
      dataDir: config['data-dir'],
      outputRoots: parts.outputRoots,
      access: parts.access,
      now: clock.now,
      secrecy,
      onProblem: (text) => log.error(text),
      resultsWait: config['results-wait'] ?? (config.backend === 'local' ? 0 : 60),
    }),
  );
  const runs = notedRuns(made);
  const blockedBy = backend.name === 'local' ? await firstFault(runs) : null;
  // Of one that is blocked the scheduler says why.
  if (blockedBy === null) {
    void checkHarness(config.harness, { python: config.python, environment }).then(
      (warning) => warning !== null && log.warn(warning),
    );
  }
  return { harness, catalog, runs, secrecy, blockedBy };
}
