import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { processesOf } from '../support/runs/processes.ts';
import { eventually } from '../support/waiting/eventually.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const evald = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' });

describe('a server that is stopped', () => {
  test('a server stopped with --on-shutdown leave lets the run go on, and the next server picks it up', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start({ flags: ['--on-shutdown', 'leave'] });
    const [running, waiting] = [
      await submit(first.url, counted.request('a')),
      await submit(first.url, counted.request('b')),
    ];
    await eventually(async () => (await counted.runs()).length === 1);
    expect(await first.stop()).toBe(0);
    expect(await processesOf(counted.dataDir)).not.toEqual([]);

    const next = await counted.start();
    expect(await getJob(next.url, running)).toMatchObject({ status: 'running' });
    expect(await getJob(next.url, waiting)).toMatchObject({ status: 'queued', position_in_queue: 0 });
    await counted.release();
    expect(await endedJob(next.url, running)).toMatchObject({ status: 'completed' });
    expect(await endedJob(next.url, waiting)).toMatchObject({ status: 'completed' });
    expect(await counted.runs()).toEqual(['a', 'b']);
  });

  test('a server that is stopped ends the run, which fails as interrupted; what waits is there at the next start', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start();
    const [running, waiting] = [
      await submit(first.url, counted.request('a')),
      await submit(first.url, counted.request('b')),
    ];
    await eventually(async () => (await counted.runs()).length === 1);
    expect(await first.stop()).toBe(0);
    expect(await processesOf(counted.dataDir)).toEqual([]);

    await counted.release();
    const next = await counted.start();
    expect(await getJob(next.url, running)).toMatchObject({ status: 'failed', failure_kind: 'interrupted' });
    expect(await endedJob(next.url, waiting)).toMatchObject({ status: 'completed' });
  });
});

describe('a run of which nothing is left', () => {
  test('a run of which nothing is left fails as lost, and a process that has its pid by now is not touched', async (context) => {
    const counted = await countedRuns(context);
    await counted.hold();
    const first = await counted.start();
    const jobId = await submit(first.url, counted.request('a'));
    await eventually(async () => (await counted.runs()).length === 1);
    await eventually(async () => (await getJob(first.url, jobId)).log !== null);
    await first.kill();
    // A machine that was restarted: no process of the run, and its pid in the hands of another (this test's own).
    for (const pid of await processesOf(counted.dataDir)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile, as the shell of a program that was killed before it does.
      }
    }
    await eventually(async () => (await processesOf(counted.dataDir)).length === 0);
    const { DatabaseSync } = await import('node:sqlite');
    const database = new DatabaseSync(join(counted.dataDir, 'journal.db'));
    database.prepare("UPDATE jobs SET run = json_set(run, '$.handle.pid', ?) WHERE job_id = ?").run(process.pid, jobId);
    database.close();

    const next = await counted.start();
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'failed', failure_kind: 'lost' });
    expect(await counted.runs()).toEqual(['a']);
  });
});

describe('a data folder', () => {
  test('a data folder has one server at a time: a second ends with one line and exit code 1', async (context) => {
    const counted = await countedRuns(context);
    const first = await counted.start();
    const second = evald('--port', '0', '--data-dir', counted.dataDir);
    expect(second.status).toBe(1);
    expect(second.stderr.trim().split('\n')).toEqual([expect.stringContaining('another server uses the data folder')]);
    await first.kill();
    await counted.start();
  });

  test('a data folder can be checked and exported beside its server', async (context) => {
    const counted = await countedRuns(context);
    const server = await counted.start();
    await endedJob(server.url, await submit(server.url, counted.request('a')));
    const check = evald('journal', 'check', '--data-dir', counted.dataDir);
    expect([check.status, check.stdout]).toEqual([
      0,
      'jobs: 1 completed\nevents: 4, numbers 1 to 4\nthe journal is whole\n',
    ]);
    const lines = evald('journal', 'export', '--data-dir', counted.dataDir)
      .stdout.trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind, type }) => [kind, type].join(' ').trim())).toEqual([
      'job',
      'event submitted',
      'event started',
      'event launched',
      'event completed',
      'scores',
    ]);
    expect(evald('journal', 'mend', '--data-dir', counted.dataDir)).toMatchObject({ status: 2 });
  });

  test('a data folder whose journal is damaged is refused at the start with one line', async (context) => {
    const counted = await countedRuns(context);
    await (await counted.start()).stop();
    const file = join(counted.dataDir, 'journal.db');
    const bytes = await readFile(file);
    await writeFile(file, bytes.fill('x', 0, 100));
    const started = evald('--port', '0', '--data-dir', counted.dataDir);
    expect(started.status).toBe(1);
    expect(started.stderr.trim().split('\n')).toEqual([expect.stringContaining('not a database')]);
  });
});

describe('an Idempotency-Key', () => {
  test('an Idempotency-Key answers the same job, across restarts; with another body 409; a bad one 422', async (context) => {
    const counted = await countedRuns(context);
    const post = (url: string, key: string, tag: string) =>
      fetch(`${url}/evaluate`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(counted.request(tag)),
      });
    const first = await counted.start();
    const answer = (await (await post(first.url, 'k1', 'a')).json()) as { job_id: string };
    await endedJob(first.url, answer.job_id);
    await first.kill();
    const next = await counted.start();
    const again = await post(next.url, 'k1', 'a');
    expect(again.status).toBe(200);
    expect(await again.json()).toMatchObject({ job_id: answer.job_id, status: 'completed', position_in_queue: null });
    const other = await post(next.url, 'k1', 'b');
    expect([other.status, await other.json()]).toEqual([409, { detail: expect.stringContaining('Idempotency-Key') }]);
    expect((await post(next.url, 'two words', 'b')).status).toBe(422);
    expect(await counted.runs()).toEqual(['a']);
  });
});
