import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { Transition } from '../src/journal/contract.ts';
import { openJournal } from '../src/journal/database.ts';
import { written } from '../src/journal/jobSecrets.ts';
import { createWrite } from '../src/journal/write.ts';
import { evaluateRequestSchema } from '../src/schemas/evaluateRequest.ts';
import { noOptions } from '../src/schemas/jobOptions.ts';

/**
 * How long a server takes from its start to its first answer with many jobs in its journal: `npm run bench:restart`.
 * Prints the times of each start and their median, in milliseconds. The first job runs, so that a run is resumed too.
 */
const JOBS = Number(process.env['EVALD_BENCH_JOBS'] ?? 100_000);
const STARTS = 5;
/** Milliseconds that a start may take, and between two questions whether it is there. */
const LONGEST = 120_000;
const PAUSE = 5;

const dataDir = await mkdtemp(join(tmpdir(), 'evald-bench-'));
try {
  fill();
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) times.push(await startOnce());
  const median = times.toSorted((a, b) => a - b)[STARTS >> 1] ?? 0;
  console.log(
    `${JOBS} queued, start to first answer: ${times.map(Math.round).join(', ')} ms; median ${Math.round(median)} ms`,
  );
} finally {
  await rm(dataDir, { recursive: true });
}

function fill(): void {
  const database = openJournal(dataDir);
  const write = createWrite(database);
  const request = evaluateRequestSchema.parse({ model: 'random', tasks: ['demo_digits'], model_args: { delay: 60 } });
  const transitions = Array.from({ length: JOBS }, (): Transition => {
    const jobId = randomUUID();
    const job = {
      jobId,
      request,
      createdAt: Date.now(),
      warnings: [],
      folderName: jobId,
      idempotency: null,
      options: noOptions,
      retryOf: null,
      submittedBy: null,
    };
    return { type: 'submitted', jobId, at: Date.now(), job };
  });
  write(transitions.map(written));
  database.close();
}

/** @returns the milliseconds from the start of a server to its first answer. */
async function startOnce(): Promise<number> {
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const where = ['--host', '127.0.0.1', '--port', '0', '--data-dir', dataDir];
  const began = performance.now();
  const server = spawn(process.execPath, [main, ...where, '--harness', 'demo', '--grace', '1'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(server, 'exit');
  try {
    const signal = AbortSignal.timeout(LONGEST);
    const url = await urlOf(server, signal);
    while (!(await fetch(`${url}/health`, { signal })).ok) await setTimeout(PAUSE, null, { signal });
    return performance.now() - began;
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

/** Where a server listens, as its log says. @throws when it has ended or taken too long. */
function urlOf(server: ChildProcess, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = '';
  server.stderr?.on('data', (chunk) => {
    said += chunk;
    const url = /listens on (http:\S+);/.exec(said)?.[1];
    if (url !== undefined) resolve(url);
  });
  server.once('exit', (code) => reject(new Error(`the server ended with code ${code}: ${said}`)));
  signal.addEventListener('abort', () => reject(signal.reason));
  return promise;
}
