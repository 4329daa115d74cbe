import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Config } from '../config/options.ts';
import type { Journal } from '../machines/ports/journal.ts';

/** Of jobs that name no harness, because a server that had one alone took them: which that was. Written once. */
const UNNAMED = 'harness-of-unnamed-jobs';

/**
 * Refuses to let `auto` fall back to another harness than the one that jobs wait for: a Python that is not there yet
 * would fail them all. @returns the harness of jobs that name none. @throws Error that says what to do.
 */
export async function keepHarness({ harness }: Config, journal: Journal, chosen: string): Promise<string> {
  const before = journal.setting('harness');
  const isWaited = hasJobs(journal, 'queued') || hasJobs(journal, 'running');
  if (harness === 'auto' && typeof before === 'string' && before !== chosen && isWaited) {
    throw new Error(
      `jobs wait that were submitted for the harness ${before}, and --harness auto finds only ${chosen}; mend --python, or name the --harness`,
    );
  }
  const known = journal.setting(UNNAMED);
  const unnamed = typeof known === 'string' ? known : typeof before === 'string' ? before : chosen;
  // Before the default changes: a server that ends in between asks for it again.
  if (known !== unnamed) await journal.saveSetting(UNNAMED, unnamed);
  if (before !== chosen) await journal.saveSetting('harness', chosen);
  return unnamed;
}

/**
 * Refuses to look for the folders of jobs that run where they are not: they would be taken for jobs that were never
 * launched, and run twice. @throws Error that says what to do.
 */
export async function keepRunsDir(config: Config, journal: Journal): Promise<void> {
  const chosen = config['runs-dir'];
  const before = journal.setting('runs-dir') ?? null;
  if (before === chosen) return;
  // Moved as a whole, runs are found where it is now.
  const isMoved = typeof before === 'string' && !existsSync(before);
  if (!isMoved && hasJobs(journal, 'running')) {
    const flag = before === null ? 'without --runs-dir' : `with --runs-dir ${before}`;
    throw new Error(`jobs run that were started ${flag}; start evald so until they have ended`);
  }
  await journal.saveSetting('runs-dir', chosen);
}

function hasJobs(journal: Journal, status: 'queued' | 'running'): boolean {
  return journal.list({ filter: { status }, order: 'oldest', cursor: null, limit: 1 }).jobs.length > 0;
}

/** What hashes of submissions with credentials are made with: drawn once for a journal, and shown by nothing. */
export async function hashKeyOf(journal: Journal): Promise<string> {
  const known = journal.setting('hashKey');
  if (typeof known === 'string') return known;
  const key = randomBytes(32).toString('hex');
  await journal.saveSetting('hashKey', key);
  return key;
}
