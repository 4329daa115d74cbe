import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Config } from './config/options.ts';
import { createApp } from './http/app.ts';
import type { Inspector } from './inspect/inspector.ts';
import type { Journal, Transition } from './journal/contract.ts';
import { daysToAge } from './journal/history.ts';
import { openSqliteJournal } from './journal/journal.ts';
import { lockDataDir } from './journal/lock.ts';
import { type Listening, listen } from './listen.ts';
import type { Log } from './log.ts';
import { JobScheduler } from './machines/jobScheduler.ts';
import { createCatalog } from './runner/catalog.ts';
import { chooseHarness } from './runner/chooseHarness.ts';
import type { Runs } from './runner/contract.ts';
import { runEnvironment } from './runner/environment.ts';
import { createLocalBackend } from './runner/local/backend.ts';
import { createMerge } from './runner/merge.ts';
import { createRuns } from './runner/runs.ts';

/** Milliseconds that open requests get to end once no run is left. */
const LAST_ANSWERS = 2_000;

export type Server = {
  /** Where it answers, with the port it took. */
  url: string;
  /**
   * Takes no more jobs, ends what runs with grace or leaves it (`--on-shutdown`), answers what is open, and resolves
   * when the journal is closed.
   */
  stop(): Promise<void>;
};

/** What may stand between the parts, e.g. a test's crash at a certain point. */
export type Decoration = {
  journal?: (journal: Journal) => Journal;
  runs?: (runs: Runs) => Runs;
  onTransition?: (transition: Transition) => void;
};

/**
 * Puts a server together and starts it: config → journal → backend → scheduler → app → listen.
 * @throws the system's error when it cannot listen or make its folder, DataDirInUseError when another server has it.
 */
export async function startServer(config: Config, log: Log, decoration: Decoration = {}): Promise<Server> {
  const { journal: withJournal = same, runs: withRuns = same, onTransition = () => {} } = decoration;
  const inspector = config.inspect ? await inspect(log) : null;
  const dataDir = config['data-dir'];
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const unlock = lockDataDir(dataDir);
  const journal = withJournal(await openSqliteJournal(dataDir));
  const harness = await chooseHarness(config.harness, { python: config.python, extraArgs: config['extra-args'] });
  const backend = createLocalBackend();
  const scheduler = new JobScheduler(
    {
      runs: withRuns(createRuns({ harness, backend, dataDir, now: Date.now })),
      journal,
      ...(inspector && { inspect: inspector.inspect }),
      onTransition: (transition) => {
        log.info(lineOf(transition));
        onTransition(transition);
      },
      onProblem: (message) => log.error(message),
    },
    {
      slots: config.slots,
      maxQueue: config['max-queue'],
      maxCompletedJobs: config['max-completed-jobs'],
      tempDirPrefix: config['temp-dir-prefix'],
      grace: config.grace * 1_000,
      history: { jobs: config.history, age: daysToAge(config['history-days']) },
    },
  );
  const closing = new AbortController();
  const logError = (message: string, error: unknown) => log.error(`${message}: ${error}`);
  const app = createApp({
    scheduler,
    catalog: createCatalog({
      list: { tasks: () => harness.listTasks(), models: () => harness.listModels() },
      now: Date.now,
      logError,
      signal: closing.signal,
    }),
    merge: createMerge({ python: config.python, env: runEnvironment(process.env, {}), signal: closing.signal }),
    closing: closing.signal,
    about: { harness: harness.name, backend: backend.name, slots: config.slots, version },
    now: Date.now,
    logError,
  });
  await scheduler.start();
  const listening = await listen(app.fetch, config.host, config.port).catch(async (error) => {
    await scheduler.stop();
    throw error;
  });
  const url = urlOf(config.host, listening);
  log.info(
    `evald ${version} listens on ${url}; harness ${harness.name}, backend ${backend.name}, slots ${config.slots}`,
  );
  return {
    url,
    stop: async () => {
      await scheduler.stop(config['on-shutdown']);
      closing.abort();
      await listening.close(LAST_ANSWERS);
      await journal.close();
      inspector?.close();
      unlock();
    },
  };
}

/** Loaded only when it is asked for: what it needs may not be installed. */
async function inspect(log: Log): Promise<Inspector> {
  const { openInspector } = await import('./inspect/inspector.ts');
  const inspector = await openInspector();
  log.info(`the inspector is at ${inspector.url}`);
  return inspector;
}

const same = <T>(part: T): T => part;

/** The version in package.json, which lies beside `src` and beside `dist`. */
export const version: string = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version;

const urlOf = (host: string, { port }: Listening): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}`;

/** A transition for the person who reads the log. */
function lineOf(transition: Transition): string {
  const { jobId, type } = transition;
  switch (transition.type) {
    case 'submitted': {
      const { model, tasks } = transition.job.request;
      return `job ${jobId} ${type}: model ${model}, tasks ${tasks.join(' ')}`;
    }
    case 'launched':
      return `job ${jobId} ${type}: log ${transition.run.prepared.log}`;
    case 'failed':
      return `job ${jobId} ${type}: ${transition.outcome.kind}`;
    default:
      return `job ${jobId} ${type}`;
  }
}
