import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { openJournalForReading } from '../../../src/journal/database.ts';
import type { CrashPoint } from '../server/crashingServer.ts';
import { startServer } from '../server/server.ts';
import { fixture, temporaryFolder } from './localRun.ts';

/** Servers on one data folder, whose runs lock their devices and note them. */
export async function lockingRuns({ onTestFinished }: Pick<TestContext, 'onTestFinished'>) {
  const folder = await temporaryFolder();
  const [locks, dataDir] = [join(folder, 'locks'), join(folder, 'data')];
  await mkdir(locks);
  const start = async (flags: string[], crashAt?: CrashPoint) => {
    const server = await startServer({
      harness: 'lmms-eval',
      flags: ['--python', fixture('locking-lmms-eval'), ...flags],
      env: { TEST_LOCKS: locks },
      dataDir,
      ...(crashAt && { crashAt }),
    });
    onTestFinished(async () => void (await server.stop()));
    return server;
  };
  const request = (tag: string, num_gpus: number) => ({
    ...{ model: 'dummy', tasks: ['t1'], num_gpus },
    model_args: { tag },
  });
  const notes = async () => {
    const text = await readFile(join(locks, 'runs'), 'utf8').catch(() => '');
    return text.split('\n').filter(Boolean);
  };
  return {
    dataDir,
    start,
    request,
    /** What the runs noted, in order. */
    notes,
    /** Devices that somebody works on. */
    locked: async () => (await readdir(locks)).filter((name) => name.startsWith('device-')),
    hold: () => writeFile(join(locks, 'hold'), ''),
    release: () => rm(join(locks, 'hold'), { force: true }),
  };
}

/** What the journal says happened, read beside its server. */
export function eventsIn(dataDir: string): { jobId: string; type: string; devices: string[] }[] {
  const database = openJournalForReading(dataDir);
  const rows = database.prepare('SELECT job_id, type, data FROM events ORDER BY number').all();
  database.close();
  return rows.map((row) => ({
    jobId: String(row['job_id']),
    type: String(row['type']),
    devices: JSON.parse(String(row['data'])).devices ?? [],
  }));
}
