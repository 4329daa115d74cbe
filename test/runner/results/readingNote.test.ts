import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exit, PreparedRun } from '../../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../../src/runner/executor.ts';
import { createDemoHarness } from '../../../src/runner/harnesses/demo/harness.ts';
import { type RunReader, runReader } from '../../../src/runner/results/reader/runReader.ts';
import { ReadingError } from '../../../src/runner/results/reader/threads.ts';
import { Secrets } from '../../../src/schemas/secrets/secretRequest.ts';
import { request } from '../../support/requests/request.ts';
import { oneGpu, temporaryFolder } from '../../support/runs/localRun.ts';

const job = { jobId: 'job', folderName: 'own', request: request(), resources: oneGpu };
const good: Exit = { kind: 'code', code: 0 };
const done: Exit = { kind: 'code', code: 3 };

/** A server's runs on a folder. @param stopsAt what it never comes back from, as one that ends there. */
function runsOn(dataDir: string, stopsAt?: keyof RunReader, secrets: Secrets | null = null) {
  const read: string[] = [];
  const begun = Promise.withResolvers<void>();
  const readerNamed = (prefix: string, isEnding: boolean) => {
    const entries = (Object.keys(runReader) as (keyof RunReader)[]).map((name) => {
      const call = (...args: never[]) => {
        read.push(prefix + name);
        if (name !== stopsAt) return (runReader[name] as (...args: never[]) => unknown)(...args);
        begun.resolve();
        return isEnding ? new Promise(() => {}) : Promise.reject(new ReadingError('could not be read in 300 s', true));
      };
      return [name, call];
    });
    return Object.fromEntries(entries) as RunReader;
  };
  const [reader, careful] = [readerNamed('', true), readerNamed('careful ', false)];
  const harness = createDemoHarness({ extraArgs: [], reader });
  const more = { backend: createLocalBackend(), now: Date.now, secretsOf: () => secrets };
  return { runs: createRunExecutor({ harness, reader, careful, dataDir, ...more }), read, begun: begun.promise };
}

/** Has a server end while it reads what the run of the job wrote. */
async function endWhileReading(dataDir: string, prepared: PreparedRun, exit: Exit, at: keyof RunReader): Promise<void> {
  const secrets = new Secrets({ '["api_key"]': 'planted-0123456789' });
  const { runs, begun } = runsOn(dataDir, at, secrets);
  void runs.collect(job, prepared, exit, null);
  await begun;
}

test.each(['redact', 'judge'] as const)(
  'a run of which a server has ended while it read it (%s) is read by a process of its own, and judged like all others',
  async (at) => {
    const dataDir = await temporaryFolder();
    const prepared = await runsOn(dataDir).runs.prepare(job);
    await endWhileReading(dataDir, prepared, good, at);
    const { runs, read } = runsOn(dataDir);
    expect(await runs.collect(job, prepared, good, null)).toMatchObject({ kind: 'noResults' });
    expect(new Set(read)).toEqual(new Set(['careful judge']));
    // What was read to its end is read as at first.
    const next = runsOn(dataDir);
    expect(await next.runs.collect(job, prepared, good, null)).toMatchObject({ kind: 'noResults' });
    expect(new Set(next.read)).toEqual(new Set(['judge']));
  },
);

test('a run that cannot be read by its own process either fails, and says that it had ended the server', async () => {
  const dataDir = await temporaryFolder();
  const prepared = await runsOn(dataDir).runs.prepare(job);
  await endWhileReading(dataDir, prepared, good, 'judge');
  const { runs } = runsOn(dataDir, 'judge');
  expect(await runs.collect(job, prepared, good, null)).toMatchObject({
    kind: 'harness',
    reason: 'its results could not be read in 300 s (--judge-timeout); the server had ended while it read them before',
  });
});

test('the end of a run is known without what cannot be read', async () => {
  const dataDir = await temporaryFolder();
  const prepared = await runsOn(dataDir).runs.prepare(job);
  await endWhileReading(dataDir, prepared, done, 'logCause');
  const { runs } = runsOn(dataDir, 'logCause');
  expect(await runs.collect(job, prepared, done, null)).toMatchObject({ kind: 'exited', code: 3 });
});

test('a run is judged, whatever it has put where the note was', async () => {
  const dataDir = await temporaryFolder();
  const prepared = await runsOn(dataDir).runs.prepare(job);
  await mkdir(join(dataDir, 'runs', 'job', 'being-read'), { recursive: true });
  expect(await runsOn(dataDir).runs.collect(job, prepared, good, null)).toMatchObject({ kind: 'noResults' });
});
