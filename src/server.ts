import { openAccess } from './access/access.ts';
import { checkExposure, isLoopback } from './access/exposure.ts';
import type { Clock } from './clock.ts';
import { fateOfRuns } from './config/onShutdown.ts';
import type { Config } from './config/options.ts';
import { readSlots } from './config/slots.ts';
import { createApp } from './http/app.ts';
import { guardingHeaders } from './http/guard/headers.ts';
import { servedHosts } from './http/guard/hosts.ts';
import { thisMachine } from './http/guard/machine.ts';
import type { GuardRules } from './http/guard/rules.ts';
import { createJobEnds } from './http/jobEnds.ts';
import type { Inspector } from './inspect/inspector.ts';
import type { Journal, Transition } from './journal/contract.ts';
import { openSqliteJournal } from './journal/journal.ts';
import { addressesOf, type Listening, listen } from './listen.ts';
import { createConnectionGate } from './listening/connections.ts';
import { openTls } from './listening/tls.ts';
import type { Log } from './log.ts';
import { JobScheduler } from './machines/jobScheduler.ts';
import { openRuns } from './openRuns.ts';
import { outputAccess } from './outputAccess.ts';
import { hashKeyOf, keepRunsDir } from './remembered.ts';
import { createAdmission } from './runner/admission.ts';
import type { Runs } from './runner/contract.ts';
import { createBackend } from './runner/createBackends.ts';
import { createEngineWatch } from './runner/engineWatch.ts';
import { passedEnvironment, runEnvironment } from './runner/environment.ts';
import { mayGoOn } from './runner/mayGoOn.ts';
import { createMerge } from './runner/merge.ts';
import { createOutput } from './runner/output.ts';
import { outputRoots, outputsOf } from './runner/outputFolders.ts';
import { openReaders } from './runner/reader/threadedReader.ts';
import { prepareRunsDir } from './runner/runsDir.ts';
import { warmHarness } from './runner/warm.ts';
import { schedulerOptions } from './schedulerOptions.ts';
import { refuseUnusable } from './startChecks.ts';
import { transitionLine } from './transitionLine.ts';
import { version } from './version.ts';
import { doing } from './watchdog/doing.ts';
import { createHeartbeat } from './watchdog/heartbeat.ts';
import { withTimers } from './webhooks/clock.ts';
import { readSecret, type Secret } from './webhooks/secret.ts';
import { createWebhookSender } from './webhooks/sender.ts';
import { type TargetRules, targetRefusal } from './webhooks/target.ts';

/** Milliseconds that open requests get to end once no run is left. */
const LAST_ANSWERS = 2_000;
/** Milliseconds between two looks at the engine that nobody has asked for. */
const ENGINE_LOOK = 30_000;

export type Server = {
  /** Where it answers, with the port it took. */
  url: string;
  /**
   * Takes no more jobs, ends what runs with grace or leaves it (`--on-shutdown`), answers what is open, and resolves
   * when the journal is closed.
   */
  stop(): Promise<void>;
  /**
   * Reads again what may change while it runs: the file of tokens, the certificate and its key. What cannot be used changes nothing; the log says so.
   * @returns whether there is any such thing.
   */
  reload(): boolean;
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
 * @throws the system's error when it cannot listen or make its folder, DataDirError when that cannot be used,
 * AccessError when who may call is not said as it should be, ConfigError when the certificate, the Python, or what the
 * engine is told cannot be used; then nothing was made or started.
 */
export async function startServer(config: Config, log: Log, decoration: Decoration = {}): Promise<Server> {
  const { journal: withJournal = same, runs: withRuns = same, onTransition = () => {} } = decoration;
  const addresses = await addressesOf(config.host);
  const access = openAccess({ token: config.token, file: config.tokens }, log);
  const tls = openTls(config['tls-cert'], config['tls-key'], log);
  const warning = checkExposure({
    host: config.host,
    addresses,
    hasTokens: access.findHolder !== null,
    isInsecure: config['insecure-no-auth'],
  });
  if (warning !== null) log.warn(warning);
  const inspector = config.inspect ? await inspect(log) : null;
  const { slots } = readSlots(config);
  const dataDir = config['data-dir'];
  const environment = passedEnvironment(process.env, config['pass-env']);
  const fileAccess = outputAccess(config);
  const backend = createBackend(config);
  await refuseUnusable(config, environment, backend);
  // The first: it makes the folder, and takes it.
  const failing = Promise.withResolvers<string>();
  const journal = withJournal(
    await openSqliteJournal(dataDir, {
      runsDir: config['runs-dir'] ?? dataDir,
      adopt: config.adopt,
      isAlive: mayGoOn,
      onFatal: failing.resolve,
      onNotice: log.info,
    }),
  );
  const clock: Clock = { now: Date.now, monotonic: journal.monotonic };
  const secret = webhookSecret(config);
  await keepRunsDir(config, journal);
  const runsDir = config['runs-dir'] ?? dataDir;
  if (runsDir !== dataDir) await prepareRunsDir(runsDir, fileAccess);
  const engine = createEngineWatch(backend, {
    onReach: (reason) =>
      reason === null
        ? log.info(`${backend.name} can be reached again`)
        : log.warn(`${backend.name} cannot be reached: ${reason}; jobs are taken, and run when it can`),
  });
  // Where nobody else can ask, anybody may name any folder, as with the original.
  const isOpen = access.findHolder === null && addresses.every(isLoopback);
  const roots = outputRoots(config['output-root'], runsDir, isOpen);
  const admission = createAdmission({
    folders: { roots, dataDir, runsDir },
    models: config['allow-model'],
    tasks: config['allow-task'],
  });
  const closing = new AbortController();
  const jobEnds = createJobEnds(closing.signal);
  const webhooks = createWebhookSender({
    secret: secret.text,
    version,
    journal,
    getJob: (jobId) => scheduler.getJob(jobId),
    targets: targetsOf(config),
    log,
    clock: withTimers(clock),
    random: Math.random,
    ...(inspector && { inspect: inspector.inspect }),
  });
  const readers = openReaders(config['judge-timeout']);
  const { harness, catalog, runs, secrecy, blockedBy } = await openRuns({
    ...{ config, log, journal, clock, backend, environment, runsDir, readers },
    outputRoots: roots,
    access: fileAccess,
    decorate: withRuns,
    closing: closing.signal,
  });
  const scheduler = new JobScheduler(
    {
      runs,
      blockedBy,
      journal,
      ...clock,
      ...(inspector && { inspect: inspector.inspect }),
      onTransition: (transition) => {
        doing(`job ${transition.jobId} ${transition.type}`);
        log.info(transitionLine(transition));
        onTransition(transition);
        jobEnds.tell(transition);
        // Not at the commit: what is posted is the job as it is shown, and that changes after it.
        if ('notify' in transition) webhooks.wake();
      },
      onProblem: (message) => log.error(message),
      admit: admission.evaluation,
      onFatal: failing.resolve,
    },
    schedulerOptions(config),
  );
  const heartbeat = createHeartbeat(dataDir);
  const merge = createMerge({
    ...{ python: config.python, env: runEnvironment(environment, {}), access: fileAccess },
    blot: secrecy.always,
    signal: closing.signal,
  });
  const app = createApp({
    scheduler,
    webhooks,
    catalog,
    merge: async (request) => merge(admission.merge(request)),
    events: journal,
    output: createOutput(runsDir, readers.serving),
    jobEnds,
    closing: closing.signal,
    targetRefusal: (url) => targetRefusal(url, targetsOf(config)),
    access,
    log,
    guard: guardRules(config, addresses),
    hashKey: await hashKeyOf(journal),
    blotOf: secrecy.blotOf,
    processFaults: heartbeat.faults,
    about: { harness: harness.name, backend: backend.name, slots, version },
    engine: async () => {
      const held = scheduler.getDevices();
      return { ...(await engine()), ...(held && { devices: held }) };
    },
    ...clock,
    logError: (message, error) => log.error(`${message}: ${error}`),
  });
  // Listening comes first: a server that cannot listen must not have started, or ended, a single run.
  const listening = await listen(app.fetch, addresses, config.port, {
    headers: guardingHeaders,
    maxHeader: config['max-header'],
    maxBody: config['max-body'],
    requestTimeout: config['request-timeout'] * 1_000,
    tls: tls?.settings ?? null,
    gate: createConnectionGate(
      { most: config['max-connections'], mostPerAddress: config['max-connections-per-address'] },
      log.warn,
    ),
  }).catch(async (error) => {
    heartbeat.close();
    await journal.close();
    throw error;
  });
  await scheduler.start();
  const url = urlOf(tls === null ? 'http' : 'https', config.host, listening);
  log.info(`evald ${version} listens on ${url}; harness ${harness.name}, backend ${backend.name}, slots ${slots}`);
  log.info(`webhooks are signed with the secret of ${secret.source}`);
  webhooks.start();
  void engine();
  void warmHarness({
    ...{ harness, catalog, folders: [outputsOf(runsDir), ...(roots ?? [])] },
    ...{ prefix: config['temp-dir-prefix'], onProblem: log.error },
  });
  // For whoever reads the log, when nobody asks.
  const looking = setInterval(() => void engine(), ENGINE_LOOK).unref();
  return {
    url,
    failed: failing.promise,
    reload: () => {
      access.reload();
      tls?.reload(listening.useTls);
      return config.tokens !== null || tls !== null;
    },
    stop: async () => {
      await scheduler.stop(fateOfRuns(config));
      closing.abort();
      harness.close();
      readers.close();
      clearInterval(looking);
      await webhooks.close();
      await listening.close(LAST_ANSWERS);
      await journal.close();
      inspector?.close();
      heartbeat.close();
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

/** Where jobs may be posted to. */
const targetsOf = (config: Config): TargetRules => ({
  allowPrivate: config['webhook-allow-private'],
  allowHosts: config['webhook-allow-host'],
});

/** What webhooks are signed with. @throws when there is no usable one, or the server's own webhook may not be posted to. */
function webhookSecret(config: Config): Secret {
  const refused = config.webhook === null ? null : targetRefusal(config.webhook, targetsOf(config));
  if (refused !== null) throw new Error(`--webhook cannot be posted to: ${refused}`);
  return readSecret({
    file: config['webhook-secret-file'],
    variable: process.env['EVALD_WEBHOOK_SECRET'],
    dataDir: config['data-dir'],
  });
}

/** What is asked of every request, as it was set. */
const guardRules = (config: Config, addresses: readonly string[]): GuardRules => ({
  servedHosts: servedHosts({ host: config.host, addresses, allowed: config['allow-host'], machine: thisMachine() }),
  corsOrigins: config['cors-origin'],
  isTls: config['tls-cert'] !== null,
  maxBody: config['max-body'],
  maxStreams: config['max-streams'],
  submissionsPerMinute: config['submissions-per-minute'],
});

const urlOf = (scheme: 'http' | 'https', host: string, { port }: Listening): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
