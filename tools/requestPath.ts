import { mkdtemp, rm } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readConfig } from '../src/config/readConfig.ts';
import { createLog } from '../src/logging/log.ts';
import { startServer } from '../src/server.ts';

/**
 * Prints the files of `src/` of which a function is called for one submission and one status request, by V8's coverage of a server
 * that has answered such requests before. The figures are in ARCHITECTURE.md; the server's log goes to standard error.
 */

/** Requests of each kind before those that are measured. */
const WARM_UP = 20;
/** Milliseconds after which a request has left nothing to do, and the heartbeat has run. */
const REST = 700;

const root = new URL('../src/', import.meta.url).href;
const dataDir = await mkdtemp(join(tmpdir(), 'evald-path-'));
const config = readConfig(['--port=0', '--harness=demo', `--data-dir=${dataDir}`], {});
if (config === 'help') throw new Error('the help was not asked for');
const server = await startServer(config, createLog());
const session = new Session();
session.connect();
const threads = await attachToThreads();
for (const post of [session.post.bind(session) as Post, ...threads]) {
  await post('Profiler.enable');
  await post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
}

await send('POST', '/queue/pause');
const others: string[] = [];
for (let i = 0; i < WARM_UP; i++) others.push(await submit());
for (const id of others) await send('GET', `/jobs/${id}`);
await setTimeout(REST);
await called();
await setTimeout(REST);
const always = await called();

const jobId = await submit();
await setTimeout(REST);
print('POST /evaluate', await called());
await send('GET', `/jobs/${jobId}`);
print('GET /jobs/{id} of a job that waits', await called());
for (const id of others) await send('DELETE', `/jobs/${id}`);
await send('POST', '/queue/resume');
await send('GET', `/jobs/${jobId}?wait=60`);
await setTimeout(REST);
await called();
await send('GET', `/jobs/${jobId}`);
print('GET /jobs/{id} of a job that has ended', await called());

await server.stop();
await rm(dataDir, { recursive: true });
process.exit(0);

type Post = (method: string, parameters?: object) => Promise<unknown>;

async function send(method: string, path: string, body?: object): Promise<Record<string, string>> {
  const json = body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
  const answer = await fetch(server.url + path, { method, ...json });
  return (await answer.json()) as Record<string, string>;
}

async function submit(): Promise<string> {
  const { job_id: id = '' } = await send('POST', '/evaluate', { model: 'nearest-template', tasks: ['demo_digits'] });
  return id;
}

/** Names of files that were called since the last time, those of threads marked. */
async function called(): Promise<Set<string>> {
  const files = new Set<string>();
  for (const [thread, post] of [session.post.bind(session) as Post, ...threads].entries()) {
    const { result } = (await post('Profiler.takePreciseCoverage')) as Profiler.TakePreciseCoverageReturnType;
    for (const { url, functions } of result) {
      const isCalled = functions.some(({ ranges: [all] }) => (all?.count ?? 0) > 0);
      if (url.startsWith(root) && isCalled) files.add(`${url.slice(root.length)}${thread === 0 ? '' : ' (thread)'}`);
    }
  }
  return files;
}

function print(title: string, files: ReadonlySet<string>): void {
  const own = [...files].filter((file) => !always.has(file)).sort();
  console.log(`${title}: ${own.length} files\n  ${own.join('\n  ')}`);
}

/** A way to ask each thread of this process, as the main one is asked. */
async function attachToThreads(): Promise<Post[]> {
  const found: Post[] = [];
  const replies = new Map<number, (result: unknown) => void>();
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId } }) =>
    found.push((method, params = {}) => {
      const id = replies.size + 1;
      const { promise, resolve } = Promise.withResolvers<unknown>();
      replies.set(id, resolve);
      const message = JSON.stringify({ id, method, params });
      void session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
      return promise;
    }),
  );
  session.on('NodeWorker.receivedMessageFromWorker', ({ params: { message } }) => {
    const { id, result } = JSON.parse(message);
    replies.get(id)?.(result);
  });
  await session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  await setTimeout(REST);
  return found;
}
