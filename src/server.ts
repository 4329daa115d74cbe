import type { Config } from './config/options.ts';
import { readSlots } from './config/slots.ts';
import { createApp } from './http/app.ts';
import { createJobEnds } from './http/jobEnds.ts';
import type { Inspector } from './inspect/inspector.ts';
import type { Journal, Transition } from './journal/contract.ts';
import { daysToAge } from './journal/history.ts';
import { openSqliteJournal } from './journal/journal.ts';
import { type Listening, listen } from './listen.ts';
import type { Log } from './log.ts';
import { JobScheduler } from './machines/jobScheduler.ts';
import { createCatalog } from './runner/catalog.ts';
import { checkHarness, chooseHarness } from './runner/chooseHarness.ts';
import type { Runs } from './runner/contract.ts';
import { createBackend } from './runner/createBackends.ts';
import { createEngineWatch } from './runner/engineWatch.ts';
import { runEnvironment } from './runner/environment.ts';
import { createMerge } from './runner/merge.ts';
import { createOutput } from './runner/output.ts';
import { createRuns } from './runner/runs.ts';
import { prepareRunsDir } from './runner/runsDir.ts';
import { version } from './version.ts';
import { systemClock } from './webhooks/clock.ts';
import { readSecret, type Secret } from './webhooks/secret.ts';
import { createWebhookSender } from './webhooks/sender.ts';
import { isPrivateLiteral } from './webhooks/target.ts';

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
  /**
   * Resolves with the reason when the server can do nothing more. What is on disk is right and what runs goes on, so
   * that ending this process and starting another mends it.
   */
  failed: Promise<string>;
};

/** What may stand between the parts, e.g. a test's crash at a certain point. */
export type Decoration = {
  journal?: (journal: Journal) => Journal;
  runs?: (runs: Runs) => Runs;
  onTransition?: (transition: Transition) => void;
};

/**
 * Puts a server together and starts it: config → journal → backend → scheduler → app → listen.
 * @throws the system's error when it cannot listen or make its folder, DataDirError when that cannot be used.
 */
export async function startServer(config: Config, log: Log, decoration: Decoration = {}): Promise<Server> {
  const { journal: withJournal = same, runs: withRuns = same, onTransition = () => {} } = decoration;
  const inspector = config.inspect ? await inspect(log) : null;
  const { slots, devices } = readSlots(config);
  const dataDir = config['data-dir'];
  // The first: it makes the folder, and takes it.
  const failing = Promise.withResolvers<string>();
  const journal = withJournal(await openSqliteJournal(dataDir, { onFatal: failing.resolve }));
  const secret = webhookSecret(config);
  const harness = await chooseHarness(config.harness, { python: config.python, extraArgs: config['extra-args'] });
  await keepHarness(config, journal, harness.name);
  void checkHarness(config.harness, { python: config.python }).then((warning) => warning !== null && log.warn(warning));
  await keepRunsDir(config, journal);
  const runsDir = config['runs-dir'] ?? dataDir;
  if (runsDir !== dataDir) await prepareRunsDir(runsDir);
  const backend = createBackend(config);
  const engine = createEngineWatch(backend);
  const closing = new AbortController();
  const jobEnds = createJobEnds(closing.signal);
  const webhooks = createWebhookSender({
    secret: secret.text,
    version,
    journal,
    getJob: (jobId) => scheduler.getJob(jobId),
    allowPrivate: config['webhook-allow-private'],
    log,
    clock: systemClock,
    random: Math.random,
  });
  const scheduler = new JobScheduler(
    {
      runs: withRuns(createRuns({ harness, backend, dataDir: runsDir, now: Date.now })),
      journal,
      ...(inspector && { inspect: inspector.inspect }),
      onTransition: (transition) => {
        log.info(lineOf(transition));
        onTransition(transition);
        jobEnds.tell(transition);
        // Not at the commit: what is posted is the job as it is shown, and that changes after it.
        if ('notify' in transition) webhooks.wake();
      },
      onProblem: (message) => log.error(message),
      onFatal: failing.resolve,
    },
    {
      slots,
      devices,
      maxQueue: config['max-queue'],
      maxCompletedJobs: config['max-completed-jobs'],
      tempDirPrefix: config['temp-dir-prefix'],
      grace: config.grace * 1_000,
      timeout: config.timeout || null,
      stallTimeout: config['stall-timeout'] || null,
      webhook: config.webhook,
      history: { jobs: config.history, age: daysToAge(config['history-days']) },
    },
  );
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
    events: journal,
    output: createOutput(runsDir),
    jobEnds,
    closing: closing.signal,
    mayCall: (url) => mayCall(config, url),
    about: { harness: harness.name, backend: backend.name, slots, version },
    engine: async () => {
      const held = scheduler.getDevices();
      return { ...(await engine()), ...(held && { devices: held }) };
    },
    now: Date.now,
    logError,
  });
  // Listening comes first: a server that cannot listen must not have started, or ended, a single run.
  const listening = await listen(app.fetch, config.host, config.port).catch(async (error) => {
    await journal.close();
    throw error;
  });
  await scheduler.start();
  const url = urlOf(config.host, listening);
  log.info(`evald ${version} listens on ${url}; harness ${harness.name}, backend ${backend.name}, slots ${slots}`);
  log.info(`webhooks are signed with the secret of ${secret.source}`);
  webhooks.start();
  void backend
    .describe()
    .then(({ reachable, reason }) => reachable || log.warn(`${backend.name} cannot be reached: ${reason}`));
  return {
    url,
    failed: failing.promise,
    stop: async () => {
      await scheduler.stop(config['on-shutdown']);
      closing.abort();
      await webhooks.close();
      await listening.close(LAST_ANSWERS);
      await journal.close();
      inspector?.close();
    },
  };
}

/**
 * Refuses to let `auto` fall back to another harness than the one that jobs wait for: a Python that is not there yet
 * would fail them all. @throws Error that says what to do.
 */
async function keepHarness({ harness }: Config, journal: Journal, chosen: string): Promise<void> {
  const before = journal.setting('harness');
  const isWaited = (['queued', 'running'] as const).some(
    (status) => journal.list({ filter: { status }, order: 'oldest', cursor: null, limit: 1 }).jobs.length > 0,
  );
  if (harness === 'auto' && typeof before === 'string' && before !== chosen && isWaited) {
    throw new Error(
      `jobs wait that were submitted for the harness ${before}, and --harness auto finds only ${chosen}; mend --python, or name the --harness`,
    );
  }
  if (before !== chosen) await journal.saveSetting('harness', chosen);
}

/**
 * Refuses to look for the folders of jobs that run where they are not: they would be taken for jobs that were never
 * launched, and run twice. @throws Error that says what to do.
 */
async function keepRunsDir(config: Config, journal: Journal): Promise<void> {
  const chosen = config['runs-dir'];
  const before = journal.setting('runs-dir') ?? null;
  if (before === chosen) return;
  if (journal.list({ filter: { status: 'running' }, order: 'oldest', cursor: null, limit: 1 }).jobs.length > 0) {
    const flag = before === null ? 'without --runs-dir' : `with --runs-dir ${before}`;
    throw new Error(`jobs run that were started ${flag}; start evald so until they have ended`);
  }
  await journal.saveSetting('runs-dir', chosen);
}

/** Loaded only when it is asked for: what it needs may not be installed. */
async function inspect(log: Log): Promise<Inspector> {
  const { openInspector } = await import('./inspect/inspector.ts');
  const inspector = await openInspector();
  log.info(`the inspector is at ${inspector.url}`);
  return inspector;
}

const same = <T>(part: T): T => part;

/** Whether a URL may be posted to, as far as it tells itself; names are looked up when it is. */
const mayCall = (config: Config, url: string): boolean => config['webhook-allow-private'] || !isPrivateLiteral(url);

/** What webhooks are signed with. @throws when there is no usable one, or the server's own webhook may not be posted to. */
function webhookSecret(config: Config): Secret {
  if (config.webhook !== null && !mayCall(config, config.webhook)) {
    throw new Error('--webhook leads to a private or special address; --webhook-allow-private allows them');
  }
  return readSecret({
    file: config['webhook-secret-file'],
    variable: process.env['EVALD_WEBHOOK_SECRET'],
    dataDir: config['data-dir'],
  });
}

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
    case 'placed':
      return `job ${jobId} ${type}: on ${transition.place.node}`;
    case 'failed':
      return `job ${jobId} ${type}: ${transition.outcome.kind}`;
    default:
      return `job ${jobId} ${type}`;
  }
}
