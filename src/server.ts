import { withKnownDevices } from './composition/localDevices.ts';
import { openRunner } from './composition/openRunner.ts';
import { openScheduler } from './composition/openScheduler.ts';
import { openStores } from './composition/openStores.ts';
import { serveHttp } from './composition/serveHttp.ts';
import { checkStart } from './composition/startChecks.ts';
import type { Config } from './config/options.ts';
import { shutdownPolicy } from './config/slots.ts';
import type { Inspector } from './inspect/inspector.ts';
import type { Log } from './logging/log.ts';
import type { Journal, Transition } from './machines/ports/journal.ts';
import type { RunExecutor } from './machines/ports/runner.ts';
import { version } from './version.ts';
import { createHeartbeat, type Heartbeat } from './watchdog/heartbeat.ts';

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
  runs?: (runs: RunExecutor) => RunExecutor;
  onTransition?: (transition: Transition) => void;
};

/**
 * Puts a server together and starts it: settings → stores → runner → scheduler → HTTP. When one of them fails, those before
 * it are closed; a server that ends closes them in reverse order.
 * @param ending aborted when the server is to end as soon as it has started: it waits for no engine then.
 * @throws the system's error when it cannot listen or make its folder, DataDirError when that cannot be used,
 * AccessError when the tokens, the secrets or the exposure are not set as they should be, ConfigError when the devices, the certificate, the Python, or
 * what is given to the engine cannot be used; then nothing was made or started.
 */
export async function startServer(
  settings: Config,
  log: Log,
  decoration: Decoration = {},
  ending: AbortSignal = new AbortController().signal,
): Promise<Server> {
  const config = await withKnownDevices(settings, log.warn);
  const { journal: withJournal = same, runs: withRuns = same, onTransition = () => {} } = decoration;
  const failing = Promise.withResolvers<string>();
  const onFatal = failing.resolve;
  const closing = new AbortController();
  const checked = await checkStart(config, log, ending);
  const { access, tls, fileAccess, backend, slots } = checked;
  const common = { config, log, checked, closing: closing.signal };

  await using opened = new AsyncDisposableStack();
  let heartbeat: Heartbeat | null = null;
  // The last, though not the first that is made: the watchdog listens to it until all the rest is closed.
  opened.defer(() => heartbeat?.close());
  const inspector = config.inspect ? await inspect(log) : null;
  opened.defer(() => inspector?.close());

  const stores = await openStores({ config, log, fileAccess, decorate: withJournal, onFatal });
  opened.defer(() => stores.journal.close());
  opened.defer(() => closing.abort());
  const runner = await openRunner({ ...common, stores, decorate: withRuns });
  const queue = openScheduler({ ...common, stores, runner, inspect: inspector?.inspect, onTransition, onFatal });
  heartbeat = createHeartbeat(config['data-dir']);
  // Listening comes before starting: a server that cannot listen must not have started, or ended, a single run.
  const http = await serveHttp({ ...common, stores, runner, queue, heartbeat });
  opened.defer(() => http.close());

  const { scheduler, webhooks } = queue;
  await scheduler.start();
  const forgetSecrets = () => {
    if (scheduler.getQueueStats().runningJobs.length === 0) runner.named.forgetReplaced();
  };
  forgetSecrets();
  log.info(
    `evald ${version} listens on ${http.url}; harness ${runner.harnesses.usual.name}, backend ${backend.name}, slots ${slots}`,
  );
  log.info(`webhooks are signed with the secret of ${stores.secret.source}`);
  webhooks.start();
  opened.defer(() => webhooks.close());
  runner.begin();
  opened.defer(async () => {
    await scheduler.stop(shutdownPolicy(config));
    closing.abort();
  });

  const all = opened.move();
  return {
    url: http.url,
    failed: failing.promise,
    reload: () => {
      access.reload();
      runner.named.reload();
      forgetSecrets();
      tls?.reload(http.useTls);
      return config.tokens !== null || config.secrets !== null || tls !== null;
    },
    stop: () => all.disposeAsync(),
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
