import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Config } from './config/options.ts';
import { createApp } from './http/app.ts';
import type { Transition } from './journal/contract.ts';
import { memoryJournal } from './journal/memory.ts';
import { type Listening, listen } from './listen.ts';
import type { Log } from './log.ts';
import { JobScheduler } from './machines/jobScheduler.ts';
import { createCatalog } from './runner/catalog.ts';
import { chooseHarness } from './runner/chooseHarness.ts';
import { runEnvironment } from './runner/environment.ts';
import { createLocalBackend } from './runner/local/backend.ts';
import { createMerge } from './runner/merge.ts';
import { createRuns } from './runner/runs.ts';

/** Milliseconds that open requests get to end once no run is left. */
const LAST_ANSWERS = 2_000;

export type Server = {
  /** Where it answers, with the port it took. */
  url: string;
  /** Takes no more jobs, ends what runs with grace, answers what is open, and resolves when nothing is left. */
  stop(): Promise<void>;
};

/**
 * Puts a server together and starts it: config → journal → backend → scheduler → app → listen.
 * @throws the system's error when it cannot listen or make its folder.
 */
export async function startServer(config: Config, log: Log): Promise<Server> {
  await mkdir(config['data-dir'], { recursive: true, mode: 0o700 });
  const harness = await chooseHarness(config.harness, { python: config.python, extraArgs: config['extra-args'] });
  const backend = createLocalBackend();
  const scheduler = new JobScheduler(
    {
      runs: createRuns({ harness, backend, dataDir: config['data-dir'], now: Date.now }),
      journal: memoryJournal,
      onTransition: (transition) => log.info(lineOf(transition)),
      onProblem: (message) => log.error(message),
    },
    {
      slots: config.slots,
      maxQueue: config['max-queue'],
      maxCompletedJobs: config['max-completed-jobs'],
      tempDirPrefix: config['temp-dir-prefix'],
      grace: config.grace * 1_000,
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
      await scheduler.stop();
      closing.abort();
      await listening.close(LAST_ANSWERS);
    },
  };
}

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
