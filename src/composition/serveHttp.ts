import type { Config } from '../config/options.ts';
import { type App, createApp } from '../http/app.ts';
import { trustedProxies } from '../http/middleware/forwarded.ts';
import { servedHosts, thisMachine } from '../http/middleware/hostCheck.ts';
import type { RequestRules } from '../http/middleware/requestChecks.ts';
import { guardingHeaders } from '../http/middleware/securityHeaders.ts';
import { journalBytes } from '../journal/database.ts';
import { createConnectionGate } from '../listening/connections.ts';
import { type Listening, listen } from '../listening/listen.ts';
import type { Log } from '../logging/log.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { checkpointVersion } from '../runner/checkpoint.ts';
import { together } from '../runner/python/askedOnce.ts';
import { version } from '../version.ts';
import type { Heartbeat } from '../watchdog/heartbeat.ts';
import { targetRefusal } from '../webhooks/target.ts';
import type { Runner } from './openRunner.ts';
import type { Queue } from './openScheduler.ts';
import { type Stores, targetsOf } from './openStores.ts';
import type { Checked } from './startChecks.ts';

/** Milliseconds that open requests get to end once no run is left. */
const LAST_ANSWERS = 2_000;

/** The interface, as it is served. */
export type Http = {
  /** Where it answers, with the port it took. */
  url: string;
  /** Takes another certificate into use, where TLS is spoken. */
  useTls: Listening['useTls'];
  /** Answers what is open, and takes nothing more. */
  close(): Promise<void>;
};

export type HttpParts = {
  config: Config;
  log: Log;
  checked: Checked;
  stores: Stores;
  runner: Runner;
  queue: Queue;
  heartbeat: Heartbeat;
  metrics: Metrics;
  /** Aborted when the server ends. */
  closing: AbortSignal;
};

/** Listens with the app over all the rest. @throws the system's error when it cannot listen; then nothing is open. */
export async function serveHttp(parts: HttpParts): Promise<Http> {
  const { config, log, checked, stores, runner, queue, closing } = parts;
  const { scheduler } = queue;
  const guard = guardRules(config, checked.addresses);
  const app = createApp({
    ...queue,
    harnesses: runner.harnesses,
    merge: runner.merge,
    events: stores.journal,
    output: runner.output,
    comparisons: runner.comparisons,
    closing,
    targetRefusal: (url) => targetRefusal(url, targetsOf(config)),
    access: checked.access,
    hookTemplate: checked.hookTemplate,
    checkpointVersion,
    log,
    guard,
    hashKey: stores.hashKey,
    redactorOf: runner.runSecrets.redactorOf,
    metrics: parts.metrics.read({
      ...{ scheduler, disks: runner.disks, minFree: config['min-free'] },
      journalBytes: together(() => journalBytes(config['data-dir'])),
      build: { version, harness: runner.harnesses.usual.name, backend: runner.backend.name },
    }),
    processFaults: parts.heartbeat.faults,
    about: { harness: runner.harnesses.usual.name, backend: runner.backend.name, slots: checked.slots, version },
    engine: async () => {
      const held = scheduler.getDevices();
      return { ...(await runner.engine()), ...(held && { devices: held }) };
    },
    ...stores.clock,
    logError: (message, error) => log.error(`${message}: ${error}`),
  });
  const listening = await listen(
    withRequestLines(app.fetch, config['log-level'], log),
    checked.addresses,
    config.port,
    {
      headers: guardingHeaders,
      maxHeader: config['max-header'],
      maxBody: config['max-body'],
      requestTimeout: config['request-timeout'] * 1_000,
      tls: checked.tls?.settings ?? null,
      basePath: config['base-path'],
      gate: createConnectionGate(
        {
          most: config['max-connections'],
          mostPerAddress: config['max-connections-per-address'],
          isTrustedProxy: guard.isTrustedProxy,
        },
        log.warn,
      ),
    },
  );
  return {
    url: urlOf(checked.tls === null ? 'http' : 'https', config.host, listening) + config['base-path'],
    useTls: listening.useTls,
    close: () => listening.close(LAST_ANSWERS),
  };
}

type Fetch = App['fetch'];

/** The same; where the level is `debug`, with a line a request, when its answer begins. */
function withRequestLines(answer: Fetch, level: Config['log-level'], log: Log): Fetch {
  if (level !== 'debug') return answer;
  return async (request, ...more) => {
    const begun = performance.now();
    const { method } = request;
    const { pathname: path } = new URL(request.url);
    const response = await answer(request, ...more);
    const duration_ms = Math.round(performance.now() - begun);
    const { status: answered } = response;
    log.debug(`${method} ${path} answered ${answered} in ${duration_ms} ms`, { method, path, answered, duration_ms });
    return response;
  };
}

/** What is asked of every request, as it was set. */
const guardRules = (config: Config, addresses: readonly string[]): RequestRules => ({
  servedHosts: servedHosts({ host: config.host, addresses, allowed: config['allow-host'], machine: thisMachine() }),
  corsOrigins: config['cors-origin'],
  basePath: config['base-path'],
  isTrustedProxy: config['trust-proxy'].length === 0 ? null : trustedProxies(config['trust-proxy']),
  isTls: config['tls-cert'] !== null,
  maxBody: config['max-body'],
  maxStreams: config['max-streams'],
  submissionsPerMinute: config['submissions-per-minute'],
});

const urlOf = (scheme: 'http' | 'https', host: string, { port }: Listening): string =>
  `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
