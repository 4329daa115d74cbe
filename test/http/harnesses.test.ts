import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Client, createClient } from '../../src/client/client.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { fixture } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

// The default is the demo; what stands for a Python with lmms-eval is offered beside it.
const flags = ['--python', fixture('fake-lmms-eval.mjs'), '--check-names', 'off'];
const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const other = { model: 'good', tasks: ['a'], harness: 'lmms-eval', log_samples: false };

let dataDir: string;
let server: TestServer;
let client: Client;

async function start(...more: string[]): Promise<void> {
  server = await startServer({ dataDir, flags: [...flags, ...more] });
  client = createClient({ server: server.url });
}

const endOf = (id: string) => client.job(id, { wait: 60 });

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  await start('--enable-harness', 'lmms-eval');
});
afterAll(async () => {
  await server?.stop();
  await removeFolder(dataDir);
});

test('jobs of two harnesses in one queue are each run and judged by their own, and say which that was', async () => {
  const ids = [await client.submit(quick), await client.submit(other)].map(({ job_id }) => job_id);
  const [first, second] = [await endOf(ids[0] ?? ''), await endOf(ids[1] ?? '')];
  expect([first.status, first.harness]).toEqual(['completed', 'demo']);
  expect([second.status, second.harness, second.metrics?.['a']?.['acc']?.value]).toEqual([
    'completed',
    'lmms-eval',
    0.5,
  ]);
  expect((await client.results(ids[1] ?? '')).harness.name).toBe('lmms-eval');
});

test('a harness that the server does not offer is refused, and the answer names those that it does', async () => {
  const refusals = await Promise.all(
    ['lm-none', 'Lm'].map((harness) =>
      client.submit({ ...quick, harness }).catch((error) => [error.fault.code, error.message]),
    ),
  );
  expect(refusals[0]).toEqual([
    'refused',
    expect.stringMatching(/`harness`: there is no harness lm-none here; there are demo, lmms-eval/),
  ]);
  expect(refusals[1]).toEqual(['refused', expect.stringMatching(/`harness` should be the name of a harness/)]);
});

test('the harnesses, and the tasks and models of each, can be listed', async () => {
  const { harnesses } = await client.harnesses();
  expect(harnesses.map(({ name, is_default, offered }) => [name, is_default, offered]).slice(0, 2)).toEqual([
    ['demo', true, true],
    ['lmms-eval', false, true],
  ]);
  expect((await client.tasks()).tasks).toContain('demo_digits');
  expect((await client.tasks({ harness: 'demo' })).tasks).toContain('demo_digits');
  await expect(client.models({ harness: 'lm-none' })).rejects.toMatchObject({
    fault: { fields: [{ loc: ['query', 'harness'] }] },
  });
});

test('a retry keeps the harness, also when the default has become another one, and one that is offered no more fails as launch, and others run', async () => {
  const { job_id: done } = await client.submit(other);
  await endOf(done);
  await client.pause();
  const { job_id: waiting } = await client.submit(other);
  const { job_id: behind } = await client.submit(quick);
  await server.stop();

  await start('--enable-harness', 'demo');
  await client.resume();
  expect(await endOf(waiting)).toMatchObject({
    ...{ status: 'failed', failure_kind: 'launch', harness: 'lmms-eval' },
    error: expect.stringContaining('the harness lmms-eval is not offered (--enable-harness); offered are demo'),
  });
  expect((await endOf(behind)).status).toBe('completed');
  await server.stop();

  await start('--enable-harness', 'lmms-eval');
  const retried = await client.retry(done);
  expect(await endOf(retried.job_id)).toMatchObject({ status: 'completed', harness: 'lmms-eval' });
});

test('a harness that --enable-harness names and that cannot run fails its own jobs as launch, and blocks no others', async () => {
  const own = await startServer({ flags: ['--enable-harness', 'lm-eval', '--lm-eval-python', '/no/such/python'] });
  onTestFinished(() => own.stop().then(() => {}));
  const asked = createClient({ server: own.url });
  const { job_id: broken } = await asked.submit({ model: 'dummy', tasks: ['a'], harness: 'lm-eval' });
  const { job_id: behind } = await asked.submit(quick);
  expect(await asked.job(broken, { wait: 60 })).toMatchObject({
    ...{ status: 'failed', failure_kind: 'launch' },
    error: expect.stringContaining('the harness lm-eval cannot run: /no/such/python was not found'),
  });
  expect((await asked.job(behind, { wait: 60 })).status).toBe('completed');
});

test('jobs of an earlier version name no harness, and are run and repeated by the one that its server had, whatever the default is now', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  onTestFinished(() => removeFolder(folder));
  let own = await startServer({ dataDir: folder });
  let asked = createClient({ server: own.url });
  const { job_id: done } = await asked.submit(quick);
  await asked.job(done, { wait: 60 });
  await asked.pause();
  const { job_id: waiting } = await asked.submit(quick);
  await own.stop();
  // As that version left it.
  const database = new DatabaseSync(join(folder, 'journal.db'));
  database.exec("UPDATE jobs SET options = json_remove(options, '$.harness')");
  database.exec("DELETE FROM settings WHERE name = 'harness-of-unnamed-jobs'");
  database.close();

  // The second start finds the default as the first one has changed it.
  const now = { dataDir: folder, harness: 'lmms-eval' as const, flags: [...flags, '--enable-harness', 'demo'] };
  await (await startServer(now)).stop();
  own = await startServer(now);
  onTestFinished(() => own.stop().then(() => {}));
  asked = createClient({ server: own.url });
  await asked.resume();
  const again = await asked.retry(done);
  const [ended, repeated] = [await asked.job(waiting, { wait: 60 }), await asked.job(again.job_id, { wait: 60 })];
  expect([ended.status, ended.harness, ended.error]).toEqual(['completed', null, null]);
  expect([repeated.status, repeated.harness]).toEqual(['completed', 'demo']);
  expect((await asked.results(waiting)).harness.name).toBe('demo');
});
