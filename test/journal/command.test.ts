import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { runMain } from '../support/server/runMain.ts';
import { submitted } from './lives.ts';
import { temporaryJournal } from './temporaryJournal.ts';

const main = new URL('../../src/main.ts', import.meta.url).pathname;

describe('evald journal', () => {
  test('evald journal looks at the data folder only, whatever the settings of the server are', async () => {
    const { dataDir, journal } = await temporaryJournal();
    await journal.append([submitted('a')]);
    const env = { EVALD_PORT: 'http', EVALD_DATA_DIR: dataDir };
    const { code, stdout, stderr } = await runMain(['journal', 'check'], env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('jobs: 1 queued');
  });

  test('evald journal refuses an option that it has no use for', async () => {
    const { code, stderr } = await runMain(['journal', 'check', '--port', '1']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--port')]);
  });

  test('evald journal export ends quietly when its output is closed', async () => {
    const { dataDir, journal } = await temporaryJournal();
    // More than a pipe takes.
    await journal.append(Array.from({ length: 2_000 }, (_, n) => submitted(`job ${n}`)));
    const line = 'set -o pipefail; "$0" "$1" journal export --data-dir "$2" | head -n 1';
    const { status, stdout, stderr } = spawnSync('bash', ['-c', line, process.execPath, main, dataDir], {
      encoding: 'utf8',
    });
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'job', jobId: 'job 0' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
