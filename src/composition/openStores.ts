import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Config } from '../config/options.ts';
import type { FileAccess } from '../files/fileAccess.ts';
import { openSqliteJournal } from '../journal/journal.ts';
import type { Log } from '../logging/log.ts';
import type { Journal } from '../machines/ports/journal.ts';
import { isLauncherThere } from '../runner/backends/local/handle.ts';
import { prepareRunsDir } from '../runner/folders/runsDir.ts';
import { readSecret, type Secret } from '../webhooks/secret.ts';
import { type TargetRules, targetRefusal } from '../webhooks/target.ts';
import { hashKeyOf, keepRunsDir } from './startupChecks.ts';

/** What outlives a server. */
export type Stores = {
  /** Closing it gives the data folder back. */
  journal: Journal;
  /** The machine's clock, and the journal's own time. */
  clock: Clock;
  /** What webhooks are signed with. */
  secret: Secret;
  /** What hashes of submissions with credentials are made with. */
  hashKey: string;
  /** Folder below which runs are kept. */
  runsDir: string;
};

export type StoresParts = {
  config: Config;
  log: Log;
  fileAccess: FileAccess;
  /** What may stand between the journal and the rest. */
  decorate: (journal: Journal) => Journal;
  /** Takes why the journal, and with it the server, can do nothing more. */
  onFatal: (reason: string) => void;
};

/**
 * Takes the data folder, which is made where there is none, and opens what is kept in it.
 * @throws DataDirError when the folder cannot be used, Error when there is no usable secret, the server's own webhook may
 * not be posted to, or runs are not where `--runs-dir` says; then the folder is given back.
 */
export async function openStores({ config, log, fileAccess, decorate, onFatal }: StoresParts): Promise<Stores> {
  const dataDir = config['data-dir'];
  const runsDir = config['runs-dir'] ?? dataDir;
  const journal = decorate(
    await openSqliteJournal(dataDir, {
      ...{ runsDir, adopt: config.adopt, isAlive: mayContinue, onFatal },
      onNotice: log.info,
    }),
  );
  try {
    const clock: Clock = { now: Date.now, monotonic: journal.monotonic };
    const secret = webhookSecret(config);
    await keepRunsDir(config, journal);
    if (runsDir !== dataDir) await prepareRunsDir(runsDir, fileAccess);
    return { journal, clock, secret, hashKey: await hashKeyOf(journal), runsDir };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Where jobs may be posted to. */
export const targetsOf = (config: Config): TargetRules => ({
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

/**
 * Whether a run may go on: on this machine while its launcher is alive; on an engine, which is not asked, until it has
 * recorded its end. @param handle as its backend made it. @param state where its state folder is now.
 */
export function mayContinue(handle: unknown, state: string): boolean {
  const { backend }: { backend?: unknown } = Object(handle);
  const isOnEngine = typeof backend === 'string' && backend !== 'local';
  return isOnEngine ? !existsSync(join(state, 'exit')) : isLauncherThere(handle);
}
