import { existsSync } from 'node:fs';
import { appendFile, cp, mkdir, rename, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { startServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** As an earlier version left it: without a word of where it is. */
function forgetIdentity(dataDir: string): void {
  const database = new DatabaseSync(join(dataDir, 'journal.db'));
  database.exec("DELETE FROM settings WHERE name = 'folder'");
  database.close();
}

const outputIn = (dataDir: string, jobId: string) => join(dataDir, 'outputs', `lmms_eval_${jobId}`);

const get = (url: string) => send(url, { method: 'GET' });

/** Counted runs in a folder, and servers on copies of it or in other places. */
async function foldersOf(context: Pick<TestContext, 'onTestFinished'>) {
  const runs = await countedRuns(context);
  const at = (name: string) => join(runs.folder, name);
  const startAt = async (dataDir: string, ...flags: string[]) => {
    const server = await startServer({ ...runs.options, dataDir, flags: [...(runs.options.flags ?? []), ...flags] });
    context.onTestFinished(async () => void (await server.stop()));
    return server;
  };
  /** A job whose run is under way, and which is on record as such. */
  const running = async (url: string, tag: string) => {
    const jobId = await submit(url, runs.request(tag));
    await jobWhen(url, jobId, ({ log }) => log !== null);
    return jobId;
  };
  return { ...runs, at, startAt, running };
}

describe('a data folder that was moved', () => {
  test.each([
    ['', () => {}],
    [', of an earlier version,', forgetIdentity],
  ])(
    'a data folder that was moved while its server was stopped%s has every log, result, sample and artifact, under its new path',
    async (_, before) => {
      const runs = await countedRuns({ onTestFinished });
      const first = await startServer({ harness: 'demo', dataDir: runs.dataDir });
      const jobId = await submit(first.url, { model: 'majority', tasks: ['demo_digits'] });
      await endedJob(first.url, jobId);
      await first.stop();
      before(runs.dataDir);
      const moved = join(runs.folder, 'elsewhere', 'moved');
      await mkdir(join(runs.folder, 'elsewhere'));
      await rename(runs.dataDir, moved);

      const next = await startServer({ harness: 'demo', dataDir: moved });
      onTestFinished(async () => void (await next.stop()));
      for (const what of ['log', 'results', 'samples/demo_digits', 'artifacts']) {
        const { status, text } = await get(`${next.url}/jobs/${jobId}/${what}`);
        expect({ what, status }).toEqual({ what, status: 200 });
        // The log has the words of the run.
        if (what !== 'log') expect(text).not.toContain(runs.dataDir);
      }
      const job = await getJob(next.url, jobId);
      expect(JSON.stringify(job)).not.toContain(runs.dataDir);
      expect(job.log).toContain(moved);
      const { json } = await get(`${next.url}/jobs/${jobId}/artifacts`);
      expect((json as { files: unknown[] }).files).toHaveLength(3);
      expect(next.log()).toContain(`what was in ${runs.dataDir} is in ${moved} now`);
      // And once more, by another name.
      await next.stop();
      await rename(moved, runs.dataDir);
      const last = await startServer({ harness: 'demo', dataDir: runs.dataDir });
      onTestFinished(async () => void (await last.stop()));
      expect((await get(`${last.url}/jobs/${jobId}/results`)).status).toBe(200);
    },
  );

  test('a data folder moved after its run had ended without a server concludes that run from what it left', async (context) => {
    const { start, hold, release, at, dataDir, startAt, running, runs } = await foldersOf(context);
    const first = await start();
    await hold();
    const jobId = await running(first.url, 'a');
    const { log } = await getJob(first.url, jobId);
    await first.kill();
    await release();
    const exit = join(dataDir, 'runs', jobId, '1', 'exit');
    await eventually(() => existsSync(exit));
    // Its log names the samples by the path that it was told.
    const named = `${outputIn(dataDir, jobId)}/m/20261124_000000_samples_t1.jsonl`;
    await appendFile(String(log), `Saving samples to ${named}\n`);
    await rename(dataDir, at('moved'));
    const next = await startAt(at('moved'));
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
    expect(await runs()).toEqual(['a']);
  });

  test('a data folder moved away from a run that continues is refused, and works by a link from the old path', async (context) => {
    const { start, hold, release, at, dataDir, startAt, running } = await foldersOf(context);
    const first = await start();
    await hold();
    const jobId = await running(first.url, 'a');
    await first.kill();
    await rename(dataDir, at('moved'));
    await expect(startAt(at('moved'))).rejects.toThrow(
      `it was moved from ${dataDir}, and the run of job ${jobId} goes on and writes there: move it back until it has ended, or let the old path lead here (ln -s ${at('moved')} ${dataDir})`,
    );
    await symlink(at('moved'), dataDir);
    const next = await startAt(at('moved'));
    expect(await getJob(next.url, jobId)).toMatchObject({ status: 'running' });
    await release();
    expect(await endedJob(next.url, jobId)).toMatchObject({ status: 'completed' });
    await next.stop();
    // When nothing runs the link is no longer needed.
    const later = await startAt(at('moved'));
    await later.stop();
    await rm(dataDir);
    expect((await get(`${(await startAt(at('moved'))).url}/jobs/${jobId}/log`)).status).toBe(200);
  });

  test('a data folder to whose path its backup is put back, the original gone, goes on as it was', async (context) => {
    const { start, dataDir, at, request, startAt } = await foldersOf(context);
    const first = await start();
    const jobId = await submit(first.url, request('a'));
    await endedJob(first.url, jobId);
    await first.stop();
    await cp(dataDir, at('backup'), { recursive: true });
    await rm(dataDir, { recursive: true });
    await cp(at('backup'), dataDir, { recursive: true });
    const same = await startAt(dataDir);
    expect((await get(`${same.url}/jobs/${jobId}/log`)).status).toBe(200);
    await same.stop();
    await rm(dataDir, { recursive: true });
    const other = await startAt(at('backup'));
    expect((await get(`${other.url}/jobs/${jobId}/log`)).status).toBe(200);
  });
});

describe('a copy of a data folder', () => {
  test.each([
    ['a journal that says whose it is', () => {}],
    ['a journal of an earlier version', forgetIdentity],
  ])(
    'a copy of a data folder is refused while the original is there, and none of its runs is touched: %s',
    async (_, before) => {
      const runs = await foldersOf({ onTestFinished });
      const first = await runs.start();
      await runs.hold();
      const jobId = await runs.running(first.url, 'a');
      await cp(runs.dataDir, runs.at('copy'), { recursive: true });
      before(runs.at('copy'));
      await expect(runs.startAt(runs.at('copy'))).rejects.toThrow(
        `it is a copy of ${runs.dataDir}, which is still there`,
      );
      await runs.release();
      expect(await endedJob(first.url, jobId)).toMatchObject({ status: 'completed' });
    },
  );

  test('a copy of a data folder that is adopted is a server of its own: neither changes, ends or judges anything of the other', async (context) => {
    const { start, hold, release, running, request, at, dataDir, startAt, runs } = await foldersOf(context);
    const first = await start();
    const done = await submit(first.url, request('done'));
    await endedJob(first.url, done);
    await hold();
    const jobId = await running(first.url, 'a');
    const waiting = await submit(first.url, request('b'));
    await cp(dataDir, at('copy'), { recursive: true });

    const copy = await startAt(at('copy'), '--adopt', '--history', '1');
    const lost = await endedJob(copy.url, jobId);
    expect(lost).toMatchObject({ status: 'failed', failure_kind: 'lost' });
    expect(lost.error).toContain(`it is a run of ${dataDir}, of which this data folder is a copy`);
    await eventually(async () => (await get(`${copy.url}/jobs/${done}`)).status === 404);
    await jobWhen(copy.url, waiting, ({ log }) => log !== null);
    await copy.stop();
    // Once is enough; said again it changes nothing.
    const again = await startAt(at('copy'), '--adopt');
    expect((await getJob(again.url, waiting)).failure_kind).toBe('interrupted');
    await again.stop();

    expect(await getJob(first.url, jobId)).toMatchObject({ status: 'running' });
    expect((await get(`${first.url}/jobs/${done}/log`)).status).toBe(200);
    await release();
    expect(await endedJob(first.url, jobId)).toMatchObject({ status: 'completed' });
    expect(await endedJob(first.url, waiting)).toMatchObject({ status: 'completed' });
    expect((await runs()).sort()).toEqual(['a', 'b', 'b', 'done']);
  });

  test('a copy of a data folder is not adopted while it would share files with the original', async (context) => {
    const { start, at, dataDir, startAt, request } = await foldersOf(context);
    const shared = ['--runs-dir', at('shared')];
    const first = await start({ flags: shared });
    await endedJob(first.url, await submit(first.url, request('a')));
    await cp(dataDir, at('copy'), { recursive: true });
    await expect(startAt(at('copy'), '--adopt', ...shared)).rejects.toThrow('name another --runs-dir for the copy');
    const copy = await startAt(at('copy'), '--adopt', '--runs-dir', at('own'));
    await copy.stop();
    await mkdir(at('linked'));
    await cp(dataDir, at('linked'), { recursive: true });
    await symlink(at('shared/outputs'), join(at('linked'), 'outputs'));
    await expect(startAt(at('linked'), '--adopt')).rejects.toThrow('outputs in it is a link to');
  });
});

test('two data folders may share one --runs-dir, and a --runs-dir that was moved is found where it is', async (context) => {
  const { start, at, startAt, request, hold, release, running } = await foldersOf(context);
  const first = await start({ flags: ['--runs-dir', at('shared')] });
  const other = await startAt(at('other'), '--runs-dir', at('shared'), '--history', '0');
  await hold();
  const jobId = await running(first.url, 'a');
  await other.stop();
  await release();
  expect(await endedJob(first.url, jobId)).toMatchObject({ status: 'completed' });
  const pruning = await startAt(at('other'), '--runs-dir', at('shared'), '--history', '0');
  await endedJob(pruning.url, await submit(pruning.url, request('b'))).catch(() => null);
  await pruning.stop();
  expect((await get(`${first.url}/jobs/${jobId}/log`)).status).toBe(200);
  await first.stop();
  await rename(at('shared'), at('shared-moved'));
  const next = await start({ flags: ['--runs-dir', at('shared-moved')] });
  expect((await get(`${next.url}/jobs/${jobId}/log`)).status).toBe(200);
});
