import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { describeWith, promtool } from '../support/needs.ts';
import { send } from '../support/requests/send.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 1 };
const endless = { ...quick, model_args: { delay: 3_600 } };
const deploy = new URL('../../deploy/', import.meta.url).pathname;

let server: TestServer;
let dataDir: string;
let bearer: (name: string) => { authorization: string };
let write: (roles: Record<string, 'read' | 'submit' | 'admin'>) => Promise<void>;
const clean: (() => Promise<void>)[] = [];
const start = (file: string) =>
  startServer({ dataDir, flags: ['--tokens', file, '--webhook-allow-private', '--pool', 'big=0-2', '--slots', '2'] });
let tokens: string;
beforeAll(async () => {
  const file = await tokensFile(
    { onTestFinished: (work) => clean.push(work) },
    { prometheus: 'read', alice: 'submit' },
  );
  ({ file: tokens, bearer, write } = file);
  dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
  clean.push(() => removeFolder(dataDir));
  server = await start(tokens);
});
afterAll(async () => {
  await server.stop();
  for (const work of clean) await work();
});

const scrape = async () => {
  const answer = await send(`${server.url}/metrics`, { method: 'GET', headers: bearer('prometheus') });
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  return answer.text;
};

/** Series of a scrape, by name and labels as they are written, and their values. */
const read = async (): Promise<Map<string, number>> =>
  new Map(
    (await scrape())
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
const ofDemo = (name: string, labels = '') => `${name}{${labels}harness="demo"}`;

test('what jobs do is counted, and what they do now is measured', async () => {
  const before = await read();
  const first = await submit(server.url, quick, bearer('alice'));
  await endedJob(server.url, first, bearer('alice'));
  const failing = await submit(server.url, { ...quick, tasks: ['nosuch'] }, bearer('alice'));
  const { failure_kind: kind } = await endedJob(server.url, failing, bearer('alice'));
  const held = [await submit(server.url, endless, bearer('alice')), await submit(server.url, endless, bearer('alice'))];
  const waiting = await submit(server.url, endless, bearer('alice'));
  await eventually(async () => (await read()).get('evald_slots_busy') === 2);
  const now = await read();
  const grown = (name: string) => (now.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN);
  expect(grown(ofDemo('evald_job_submissions_total'))).toBe(5);
  expect(grown(ofDemo('evald_job_ends_total', 'status="completed",'))).toBe(1);
  expect(grown(ofDemo('evald_job_ends_total', 'status="failed",'))).toBe(1);
  expect(grown(ofDemo('evald_job_failures_total', `kind="${kind}",`))).toBe(1);
  expect(grown(ofDemo('evald_job_run_seconds_count', 'status="completed",'))).toBe(1);
  expect(grown('evald_job_wait_seconds_count')).toBe(4);
  expect(now.get(ofDemo('evald_jobs', 'status="running",'))).toBe(2);
  expect(now.get(ofDemo('evald_jobs', 'status="queued",'))).toBe(1);
  expect(now.get('evald_queue_depth')).toBe(1);
  expect(now.get('evald_queue_oldest_seconds')).toBeGreaterThan(0);
  expect(now.get('evald_slots')).toBe(2);
  expect(now.get('evald_devices{pool="big"}')).toBe(3);
  expect(now.get('evald_devices_busy{pool="big"}')).toBe(2);
  expect(grown('evald_journal_commit_seconds_count')).toBeGreaterThanOrEqual(5);
  expect(now.get('evald_journal_size_bytes')).toBeGreaterThan(4_096);
  expect(now.get('evald_disk_free_bytes{folder="data"}')).toBeGreaterThan(0);
  expect(now.get('evald_event_loop_lag_seconds_count')).toBeGreaterThan(0);
  expect(now.get('process_resident_memory_bytes')).toBeGreaterThan(2 ** 24);
  expect(now.get('evald_intake_open')).toBe(1);
  expect(now.get('evald_dispatch_blocked')).toBe(0);
  await send(`${server.url}/jobs/${waiting}`, { method: 'DELETE', headers: bearer('alice') });
  const after = await read();
  expect(after.get(ofDemo('evald_job_ends_total', 'status="cancelled",'))).toBe(1);
  expect(after.get('evald_queue_oldest_seconds')).toBe(0);
  for (const id of held) await send(`${server.url}/jobs/${id}/stop`, { method: 'POST', headers: bearer('alice') });
  for (const id of held) await endedJob(server.url, id, bearer('alice'));
  const ended = await read();
  expect(ended.get('evald_slots_busy')).toBe(0);
  expect(ended.get('evald_devices_busy{pool="big"}')).toBe(0);
  expect(ended.get(ofDemo('evald_job_failures_total', 'kind="stopped",'))).toBe(2);
});

test('a webhook is counted when it is posted, when it is to be posted again, and when it is given up', async () => {
  const statuses = [200, 500, 410];
  const receiver = createServer((_, response) => response.writeHead(statuses.shift() ?? 200).end()).listen(
    0,
    '127.0.0.1',
  );
  await once(receiver, 'listening');
  const { port } = receiver.address() as { port: number };
  for (const hook of ['delivered', 'again', 'refused']) {
    const job = await submit(
      server.url,
      { ...quick, callback_url: `http://127.0.0.1:${port}/${hook}` },
      bearer('alice'),
    );
    await endedJob(server.url, job, bearer('alice'));
    const posts = 3 - statuses.length;
    await eventually(async () => ((await read()).get('evald_webhook_posts_total') ?? 0) > posts - 1);
  }
  await eventually(async () => (await read()).get('evald_webhooks_given_up_total') === 1);
  const now = await read();
  expect(now.get('evald_webhook_retries_total')).toBe(1);
  expect(now.get('evald_webhook_posts_total')).toBeGreaterThanOrEqual(3);
  receiver.close();
});

test('there are as many series whatever jobs, models, tasks, labels and callers come', async () => {
  const before = [...(await read()).keys()];
  await write({ prometheus: 'read', alice: 'submit', bob: 'submit', carol: 'admin' });
  server.process.kill('SIGHUP');
  await eventually(async () => (await fetch(`${server.url}/queue`, { headers: bearer('carol') })).status === 200);
  await send(`${server.url}/queue/pause`, { method: 'POST', headers: bearer('carol') });
  for (const name of ['alice', 'bob', 'carol'])
    for (let at = 0; at < 10; at++) {
      const odd = { model: `model-${name}-${at}`, tasks: [`task-${at}`], labels: { run: `r${at}` }, priority: at };
      const id = await submit(server.url, { ...quick, ...odd }, bearer(name));
      if (at % 2 === 0) await send(`${server.url}/jobs/${id}`, { method: 'DELETE', headers: bearer(name) });
    }
  const now = await read();
  expect([...now.keys()]).toEqual(before);
  expect(now.get('evald_dispatch_paused')).toBe(1);
  expect(now.get('evald_queue_depth')).toBe(15);
  const text = await scrape();
  for (const word of ['model-', 'task-', 'alice', 'r1']) expect(text).not.toContain(word);
});

test('after a restart counters begin at 0, and what is measured is right at once', async () => {
  await server.stop();
  server = await start(tokens);
  const now = await read();
  expect(now.get(ofDemo('evald_job_submissions_total'))).toBe(0);
  expect(now.get(ofDemo('evald_job_ends_total', 'status="completed",'))).toBe(0);
  expect(now.get('evald_job_wait_seconds_count')).toBe(0);
  expect(now.get(ofDemo('evald_jobs', 'status="queued",'))).toBe(15);
  expect(now.get('evald_queue_depth')).toBe(15);
  expect(now.get('evald_queue_oldest_seconds')).toBeGreaterThan(0);
  expect(now.get('evald_dispatch_paused')).toBe(1);
});

/** Names of metrics without what a histogram adds to them. */
const families = async (): Promise<Set<string>> =>
  new Set([...(await scrape()).matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name));
const named = (text: string): string[] => [
  ...new Set(
    [...text.matchAll(/\b(?:evald|process|nodejs)_[a-z_]+/g)].map(([name]) => name.replace(/_(bucket|sum|count)$/, '')),
  ),
];

test('every metric of the alerts, of their tests and of the board is one that a server has, and the page names all of them', async () => {
  const known = await families();
  const expressions = JSON.parse(readFileSync(`${deploy}grafana/evald.json`, 'utf8'))
    .panels.flatMap(({ targets = [] }: { targets?: { expr: string }[] }) => targets)
    .map(({ expr }: { expr: string }) => expr)
    .join('\n');
  const alerts = readFileSync(`${deploy}prometheus/alerts.yml`, 'utf8');
  const tests = readFileSync(`${deploy}prometheus/alerts_test.yml`, 'utf8');
  for (const text of [expressions, alerts, tests]) {
    expect(named(text).length).toBeGreaterThan(10);
    expect(named(text).filter((name) => !known.has(name))).toEqual([]);
  }
  const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
  const table = page.slice(page.indexOf('| name |'), page.indexOf('## Alerts'));
  expect(
    named(table)
      .filter((name) => name !== 'evald_queue')
      .sort(),
  ).toEqual([...known].sort());
  const rules: { alert: string }[] = parse(alerts).groups[0].rules;
  for (const { alert } of rules) {
    expect(page).toContain(`\`${alert}\``);
    // Each is tried: once it is raised.
    expect(tests).toMatch(new RegExp(`alertname: ${alert}\\n {8}exp_alerts:`));
  }
});

describeWith(promtool, 'the files for Prometheus', () => {
  test('promtool finds no fault in what is answered, in the example of a scrape, or in the alerts, and their tests pass', async () => {
    execFileSync('promtool', ['check', 'metrics'], { input: await scrape(), encoding: 'utf8' });
    const folder = join(await temporaryFolder(), 'prometheus');
    await cp(`${deploy}prometheus`, folder, { recursive: true });
    const token = join(folder, 'evald.token');
    await writeFile(token, bearer('prometheus').authorization.replace('Bearer ', ''), { mode: 0o600 });
    const config = readFileSync(join(folder, 'prometheus.yml'), 'utf8');
    expect(config).toContain('credentials_file: /etc/prometheus/evald.token');
    await writeFile(join(folder, 'prometheus.yml'), config.replace('/etc/prometheus/evald.token', token));
    const run = (...args: string[]) => execFileSync('promtool', args, { cwd: folder, encoding: 'utf8' });
    expect(run('check', 'config', 'prometheus.yml')).toContain('12 rules found');
    expect(run('test', 'rules', 'alerts_test.yml')).toContain('SUCCESS');
  });
});
