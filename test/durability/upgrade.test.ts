import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, cpSync, existsSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { migrations } from '../../src/journal/migrations.ts';
import { getJob } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { runMain } from '../support/server/runMain.ts';
import { eventually } from '../support/waiting/eventually.ts';

/**
 * What the server of 0.2.0 has left, killed with one job under way (`tools/oldDataFolder.ts` made it): its folder, and what it answered. The run
 * of that job has ended when no server was there.
 */
const fixture = join(import.meta.dirname, '../fixtures/data-0.2.0');
type Recorded = {
  from: string;
  ids: { completed: string; failed: string; cancelled: string; running: string; waiting: string[] };
  answers: Record<string, object>;
};
const recorded: Recorded = JSON.parse(readFileSync(join(fixture, 'recorded.json'), 'utf8'));
const { running, waiting } = recorded.ids;
const before = `journal.db.before-v${migrations.length}`;

/** That folder, where a server of now finds it. */
async function upgradedFolder() {
  const runs = await countedRuns({ onTestFinished });
  cpSync(fixture, runs.dataDir, { recursive: true });
  for (const name of ['launcher.sh', 'recorded.json']) rmSync(join(runs.dataDir, name));
  chmodSync(runs.dataDir, 0o700);
  return runs;
}

test('a server on the data folder of 0.2.0 concludes the run that ended meanwhile, runs what waits in order, and answers of ended jobs what 0.2.0 did', async () => {
  const { start, dataDir, runs } = await upgradedFolder();
  const server = await start();
  expect(await endedJob(server.url, running)).toMatchObject({
    status: 'completed',
    metrics: { t1: { acc: { value: 0.5 } } },
  });
  for (const jobId of waiting) {
    expect(await endedJob(server.url, jobId)).toMatchObject({ status: 'completed' });
  }
  // Of those that 0.2.0 has begun none has begun again.
  expect(await runs()).toEqual(['urgent', 'first', 'last']);
  for (const [path, answer] of Object.entries(recorded.answers)) {
    const { json } = await send(`${server.url}${path}`, { method: 'GET' });
    expect(json, path).toMatchObject(JSON.parse(JSON.stringify(answer).replaceAll(recorded.from, dataDir)));
  }
  // A submission that is repeated is the job that 0.2.0 took.
  const repeated = await send(`${server.url}/evaluate`, {
    method: 'POST',
    headers: { 'idempotency-key': 'key-1', 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'dummy', tasks: ['t1'], model_args: { tag: 'completed' }, labels: { run: 'r7' } }),
  });
  expect(repeated.json).toMatchObject({ job_id: recorded.ids.completed });
  expect((await runMain(['journal', 'check', '--data-dir', dataDir])).code).toBe(0);

  // The way back: the journal as it was is there, and is said to be.
  expect(server.log()).toContain(join(dataDir, before));
  await server.stop();
  const kept = new DatabaseSync(join(dataDir, before), { readOnly: true });
  onTestFinished(() => kept.close());
  expect(kept.prepare('PRAGMA user_version').get()).toEqual({ user_version: 4 });
  expect(kept.prepare("SELECT job_id FROM jobs WHERE status = 'queued'").all()).toHaveLength(3);
  // A start that migrates nothing leaves it.
  await (await start()).stop();
  expect(readdirSync(dataDir).filter((name) => name.includes('before'))).toEqual([before]);

  // Put back it is of 0.2.0, and has as begun what has run since: that server would run it again.
  const restored = await runMain(['journal', 'restore', join(dataDir, before), '--data-dir', dataDir]);
  expect(restored).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('the backup: 3 jobs') });
  const back = new DatabaseSync(join(dataDir, 'journal.db'), { readOnly: true });
  expect(back.prepare('PRAGMA user_version').get()).toEqual({ user_version: 4 });
  const rows = back.prepare("SELECT job_id FROM jobs WHERE status = 'running' AND started_at IS NOT NULL").all();
  expect(rows.map((row) => row['job_id']).toSorted()).toEqual([running, ...waiting].toSorted());
  back.close();
  const check = await runMain(['journal', 'check', '--data-dir', dataDir]);
  expect(check).toMatchObject({ code: 0, stdout: expect.stringContaining('the journal is whole') });
});

test('a run that 0.2.0 has launched and that goes on is picked up by a server of now, and what waits comes after it', async () => {
  const { start, dataDir, runs, hold, release, options } = await upgradedFolder();
  const state = join(dataDir, 'runs', running, '1');
  const output = join(dataDir, 'outputs', `lmms_eval_${running}`);
  rmSync(join(output, 'm'), { recursive: true });
  for (const name of ['claim', 'identity', 'exit']) rmSync(join(state, name));
  await hold();
  // As 0.2.0 has launched it, by its launcher.
  const launcher = readFileSync(join(fixture, 'launcher.sh'), 'utf8');
  const [, python = ''] = options.flags ?? [];
  const program = [python, '-m', 'lmms_eval', '--model=dummy', '--model_args=tag=running', '--tasks=t1'];
  const log = openSync(join(output, readdirSync(output).find((name) => name.endsWith('.log')) ?? ''), 'a');
  const words = ['-c', launcher, 'evald-launcher', state, ...program, `--output_path=${output}`];
  const run = spawn('/bin/sh', words, {
    detached: true,
    stdio: ['ignore', log, log, 'ignore'],
    env: { ...process.env, ...options.env, EVALD_RUN: state },
  });
  closeSync(log);
  onTestFinished(async () => {
    await release();
    if (run.exitCode === null) await once(run, 'exit');
  });
  await eventually(async () => existsSync(join(state, 'claim')) && (await runs()).length === 1);
  const [pid, startTime, bootId] = readFileSync(join(state, 'identity'), 'utf8').trim().split(' ');
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  const change = database.prepare(
    `UPDATE jobs SET run = json_set(replace(run, :from, :to), '$.handle.pid', :pid, '$.handle.startTime', :startTime,
       '$.handle.bootId', :bootId) WHERE job_id = :running`,
  );
  change.run({
    ...{ from: recorded.from, to: dataDir, running, bootId: bootId ?? null },
    ...{ pid: Number(pid), startTime: Number(startTime) },
  });
  database.close();

  const server = await start();
  expect(await getJob(server.url, running)).toMatchObject({ status: 'running', backend: { name: 'local', id: pid } });
  await release();
  expect(await endedJob(server.url, running)).toMatchObject({
    status: 'completed',
    metrics: { t1: { acc: { value: 0.5 } } },
  });
  for (const jobId of waiting) await endedJob(server.url, jobId);
  expect(await runs()).toEqual(['running', 'urgent', 'first', 'last']);
});
