import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder } from '../support/files/removeFolder.ts';
import { send } from '../support/requests/send.ts';
import { fixture } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const flags = ['--python', fixture('exact-lmms-eval')];
let server: TestServer;
let dataDir: string;
const ids: Record<string, string> = {};

const get = async (path: string) => (await send(`${server.url}${path}`, { method: 'GET' })).text;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  server = await startServer({ harness: 'lmms-eval', dataDir, flags });
  for (const model of ['m', 'none']) {
    const { text } = await send(`${server.url}/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, tasks: ['t'] }),
    });
    ids[model] = JSON.parse(text).job_id;
    await get(`/jobs/${ids[model]}?wait=60`);
  }
});
afterAll(async () => {
  await server?.stop();
  await removeFolder(dataDir);
});

const metrics =
  '"metrics":{"t":{"acc":{"value":18446744073709551615,"stderr":1e-400,"stderr_clt":9007199254740993,"stderr_clustered":null,"higher_is_better":null,"n":1,"n_failed":0,"n_empty":0,"n_unscored":0,"filter":"none"},"big":{"value":1e400,"stderr":null,"stderr_clt":null,"stderr_clustered":null,"higher_is_better":null,"n":1,"n_failed":0,"n_empty":0,"n_unscored":0,"filter":"none"}}}';

test('Numbers that a double cannot hold pass through as the harness wrote them, in metrics, results and lists', async () => {
  expect(await get(`/jobs/${ids['m']}`)).toContain(metrics);
  expect(await get(`/jobs/${ids['m']}/results`)).toContain(metrics);
  expect(await get('/jobs')).toContain(metrics);
});

test('Numbers that a double cannot hold pass through in samples; NaN, which JSON does not have, is null', async () => {
  expect(await get(`/jobs/${ids['m']}/samples/t`)).toContain(
    '"samples":[{"doc_id":0,"target":"A","filtered_resps":"A","acc":18446744073709551615,"big":1e400,"id":[9007199254740993],"half":0.5,"nan":null}]',
  );
});

test('What became of the answers stands beside the sample counts of the results', async () => {
  expect(JSON.parse((await get(`/jobs/${ids['m']}/results`)).replaceAll('1e400', '0'))).toMatchObject({
    samples: { t: { original: 1, effective: 1, answered: 1, empty: 0, failed: 0, cached: 0 } },
  });
});

test('A run whose results have no number at all has no results; the file and what it has instead are named', async () => {
  const job = JSON.parse(await get(`/jobs/${ids['none']}`));
  expect(job).toMatchObject({ status: 'failed', failure_kind: 'noResults', metrics: null });
});

test('Numbers that a double cannot hold survive a restart of the server', async () => {
  const before = await get(`/jobs/${ids['m']}`);
  await server.stop();
  server = await startServer({ harness: 'lmms-eval', dataDir, flags });
  expect(await get(`/jobs/${ids['m']}`)).toBe(before);
});
