import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { checkJournal } from '../../src/journal/check.ts';
import { openJournal } from '../../src/journal/database.ts';
import { submit } from '../support/jobs/client.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { seeded } from '../support/seeded.ts';
import { eventually } from '../support/waiting/eventually.ts';

const COPIES = 12;
const CLIENTS = 8;

/**
 * What a disk holds at a moment is what a power loss leaves. The server is stopped (SIGSTOP) while its files are
 * copied, so that they are of one moment, in the middle of whatever it was doing.
 */
test('the journal as it lies on the disk at any moment opens cleanly and holds every job acknowledged before', async (context) => {
  const random = seeded(20261124);
  const counted = await countedRuns(context);
  await counted.hold();
  const server = await counted.start();
  const acknowledged: string[] = [];
  const loading = new AbortController();
  const load = async (client: number): Promise<void> => {
    for (let n = 0; !loading.signal.aborted; n++) {
      acknowledged.push(await submit(server.url, counted.request(`${client}-${n}`)));
    }
  };
  const clients = Array.from({ length: CLIENTS }, (_, client) => load(client));

  const copies: { folder: string; before: string[] }[] = [];
  for (let copy = 0; copy < COPIES; copy++) {
    // However slow the machine is, something more is acknowledged by the next copy.
    await eventually(() => acknowledged.length > copy + 1);
    await setTimeout(random() * 60);
    const before = [...acknowledged];
    server.process.kill('SIGSTOP');
    const folder = join(counted.folder, `copy-${copy}`);
    await mkdir(folder);
    for (const file of ['journal.db', 'journal.db-wal']) await cp(join(counted.dataDir, file), join(folder, file));
    server.process.kill('SIGCONT');
    copies.push({ folder, before });
  }
  loading.abort();
  await Promise.all(clients);
  await counted.release();
  await server.kill();

  for (const { folder, before } of copies) {
    const database = openJournal(folder);
    expect(checkJournal(database).problems).toEqual([]);
    const kept = new Set(
      database
        .prepare('SELECT job_id FROM jobs')
        .all()
        .map((row) => row['job_id']),
    );
    expect(before.filter((jobId) => !kept.has(jobId))).toEqual([]);
    database.close();
  }
  expect(copies.at(-1)?.before.length).toBeGreaterThan(COPIES);
});
