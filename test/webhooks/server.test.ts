import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openJournalForReading } from '../../src/journal/database.ts';
import { createDeliveryReader } from '../../src/journal/deliveries.ts';
import { liveStatesSchema, type TransitionReport, transitionReportSchema } from '../../src/schemas/server/machines.ts';
import { submit } from '../support/jobs/client.ts';
import { jobWhen } from '../support/jobs/jobs.ts';
import { slowness } from '../support/measuring/least.ts';
import { skipWithout, systemPython } from '../support/needs.ts';
import { eventsOf } from '../support/requests/eventSource.ts';
import { hang, type Posted, startReceiver } from '../support/requests/receiver.ts';
import { send } from '../support/requests/send.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServerOptions } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const endless = { ...quick, model_args: { delay: 3600 } };
const allow = '--webhook-allow-private';

async function serving(options: TestServerOptions) {
  const server = await startServer(options);
  onTestFinished(async () => void (await server.stop()));
  return server;
}

const jobOf = ({ body }: Posted): string => JSON.parse(body).job_id;

test('every ended job reaches its own receiver and that of the server, once if they are the same, as GET shows it', async () => {
  const [own, all] = [await startReceiver(), await startReceiver()];
  const server = await serving({ flags: ['--webhook', `${all.url}/all`, allow] });
  const failed = await submit(server.url, { ...quick, model: 'absent', callback_url: `${own.url}/own?token=s3cret` });
  const completed = await submit(server.url, { ...quick, callback_url: `${all.url}/all` });
  const running = await submit(server.url, endless);
  const cancelled = await submit(server.url, quick);
  await jobWhen(server.url, running, ({ status }) => status === 'running');
  await send(`${server.url}/jobs/${cancelled}`, { method: 'DELETE' });

  await eventually(() => own.posts.length === 1 && all.posts.length === 3);
  const events = new Map(all.posts.map((post) => [jobOf(post), post.headers['x-evald-event']]));
  expect(Object.fromEntries(events)).toEqual({
    [failed]: 'job.failed',
    [completed]: 'job.completed',
    [cancelled]: 'job.cancelled',
  });
  expect(own.posts.map(jobOf)).toEqual([failed]);
  for (const post of [...own.posts, ...all.posts]) {
    expect(post.body).toBe((await send(`${server.url}/jobs/${jobOf(post)}`, { method: 'GET' })).text);
  }
  await eventually(() => server.log().includes(`${own.url}/own?token=*** is delivered`));
  expect(server.log()).not.toContain('s3cret');
});

test('the feed at /machines has the transitions of a delivery, and nothing there has its URL', async () => {
  const receiver = await startReceiver({ answer: hang });
  const server = await serving({ flags: [allow] });
  const leaving = new AbortController();
  const told: TransitionReport[] = [];
  const reading = (async () => {
    for await (const { event, data } of eventsOf(`${server.url}/machines/live/events`, leaving.signal)) {
      if (event === 'transition') told.push(transitionReportSchema.parse(data));
    }
  })().catch(() => {});
  const jobId = await submit(server.url, { ...quick, callback_url: `${receiver.url}/own?token=s3cret` });
  await eventually(() => receiver.posts.length === 1);
  const { deliveries } = liveStatesSchema.parse(await (await fetch(`${server.url}/machines/live`)).json());
  expect(deliveries).toEqual([{ number: 1, job_id: jobId, states: ['posting'] }]);
  const ofDelivery = () => told.filter(({ machine }) => machine === 'delivery');
  await eventually(() => ofDelivery().length === 2);
  expect(ofDelivery().map(({ job_id, to }) => [job_id, to])).toEqual([
    [jobId, 'waiting.due'],
    [jobId, 'posting'],
  ]);
  expect(JSON.stringify([told, deliveries])).not.toContain('s3cret');
  leaving.abort();
  await reading;
});

test('a job that ended just before kill -9 is posted by the next server', async (context) => {
  const receiver = await startReceiver();
  const counted = await countedRuns(context);
  const crashing = await counted.start({
    crashAt: 'after the commit of the outcome, before it is applied',
    flags: [allow],
  });
  const crashed = once(crashing.process, 'exit');
  const jobId = await submit(crashing.url, { ...counted.request('only'), callback_url: receiver.url });
  await crashed;
  expect(receiver.posts).toEqual([]);

  const next = await counted.start({ flags: [allow] });
  const post = await eventually(() => receiver.posts[0]);
  expect(post.headers['x-evald-event']).toBe('job.completed');
  expect(post.body).toBe((await send(`${next.url}/jobs/${jobId}`, { method: 'GET' })).text);
  await eventually(() => next.log().includes('is delivered'));
  expect(receiver.posts).toHaveLength(1);
});

test('a server whose receiver hangs ends in time, and the delivery stays for the next one', async () => {
  const receiver = await startReceiver({ answer: hang });
  const dataDir = await temporaryFolder();
  const server = await serving({ dataDir, flags: ['--webhook', receiver.url, allow] });
  const jobId = await submit(server.url, quick);
  await eventually(() => receiver.posts.length === 1);
  const began = performance.now();
  expect(await server.stop()).toBe(0);
  const took = performance.now() - began;
  expect(took).toBeLessThan(8_000 * slowness('clock'));
  const database = openJournalForReading(dataDir);
  const due = createDeliveryReader(database).dueDeliveries(Date.now(), 1);
  database.close();
  expect(due).toMatchObject([{ jobId, url: new URL(receiver.url).href, attempts: 0 }]);
});

describe('without --webhook-allow-private', () => {
  test('without --webhook-allow-private a loopback callback_url is refused with its name, and one that resolves to it gets nothing', async () => {
    const receiver = await startReceiver();
    const server = await serving({});
    const answer = await send(`${server.url}/evaluate`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...quick, callback_url: `http://0x7f.1:${receiver.port}/` }),
    });
    expect(answer.status).toBe(422);
    expect(answer.json).toMatchObject({ detail: [{ loc: ['body', 'callback_url'] }] });

    await submit(server.url, { ...quick, callback_url: `http://localhost:${receiver.port}/` });
    await eventually(() => server.log().includes('is a private or special address; --webhook-allow-private'));
    expect(receiver.posts).toEqual([]);
  });

  test('without --webhook-allow-private a server is not started with a private --webhook', async () => {
    const { code, stderr } = await runMain(['--webhook', 'http://10.0.0.1/', '--data-dir', await temporaryFolder()]);
    expect(stderr).toMatch(
      /^evald: --webhook cannot be posted to: 10\.0\.0\.1 is a private or special address; --webhook-allow-private[^\n]+\n$/,
    );
    expect(code).toBe(1);
  });
});

test('a server is not started with a secret that others can read', async () => {
  const dataDir = await temporaryFolder();
  const file = join(dataDir, 'secret');
  await writeFile(file, 'secret');
  await chmod(file, 0o644);
  const { code, stderr } = await runMain(['--webhook-secret-file', file, '--data-dir', dataDir]);
  expect(stderr).toMatch(/^evald: the secret in [^\n]+ is open to every user of the machine[^\n]+\n$/);
  expect(code).toBe(1);
});

test('the receiver in docs/webhooks.md takes what is signed with its secret, and nothing else', async (context) => {
  skipWithout(systemPython, context);
  const readme = await readFile(join(import.meta.dirname, '../../docs/webhooks.md'), 'utf8');
  const program = /```python\n(import hashlib.*?)```/s.exec(readme)?.[1] ?? '';
  const serve = 'HTTPServer(("", 9000), Receiver).serve_forever()';
  expect(program).toContain(serve);
  const free = 's = HTTPServer(("127.0.0.1", 0), Receiver); print(s.server_port, flush=True); s.serve_forever()';
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'webhook.secret'), 'known to both\n');
  const python = spawn('python3', ['-c', program.replace(serve, free)], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void python.kill());
  let printed = '';
  python.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const port = await eventually(() => /^(\d+)\n/.exec(printed)?.[1]);

  for (const [secret, said] of [
    ['known to both', 'is delivered: answered 204'],
    ['another', 'answered 403'],
  ] as const) {
    const env = { EVALD_WEBHOOK_SECRET: secret };
    const server = await serving({ flags: ['--webhook', `http://127.0.0.1:${port}/`, allow], env });
    const jobId = await submit(server.url, quick);
    await eventually(() => server.log().includes(said));
    expect(printed.includes(jobId)).toBe(secret === 'known to both');
    expect(server.log()).not.toContain(secret);
    await server.stop();
  }
});
