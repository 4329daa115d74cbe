import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exit } from '../../src/runner/contract.ts';
import { createLocalBackend } from '../../src/runner/local/backend.ts';
import { type RunReader, runReader } from '../../src/runner/reader/runReader.ts';
import { createRuns } from '../../src/runner/runs.ts';
import { Secrets } from '../../src/schemas/secretRequest.ts';
import { fake } from '../support/fakeLmmsEval.ts';
import { oneGpu, temporaryFolder } from '../support/localRun.ts';
import { request } from '../support/request.ts';

const job = { jobId: 'job', folderName: 'own', request: request(), resources: oneGpu };
const good: Exit = { kind: 'code', code: 0 };
const done: Exit = { kind: 'code', code: 3 };

/** A server's runs on a folder. @param stopsAt what it never comes back from, as one that ends there. */
function runsOn(dataDir: string, stopsAt?: keyof RunReader, secrets: Secrets | null = null) {
  const read: string[] = [];
  const begun = Promise.withResolvers<void>();
  const names = Object.keys(runReader) as (keyof RunReader)[];
  const entries = names.map((name) => {
    const call = (...args: never[]) => {
      read.push(name);
      if (name !== stopsAt) return (runReader[name] as (...args: never[]) => unknown)(...args);
      begun.resolve();
      return new Promise(() => {});
    };
    return [name, call];
  });
  const reader = Object.fromEntries(entries) as RunReader;
  const harness = {
    ...fake,
    judge: (run, asked, hung) => reader.judge(run, asked, { ...limits, hung }),
  } satisfies typeof fake;
  const runs = createRuns({
    harness,
    reader,
    backend: createLocalBackend(),
    dataDir,
    now: Date.now,
    secretsOf: () => secrets,
  });
  return { runs, read, begun: begun.promise };
}
const limits = { operatorOptions: [], limits: { failed: 0.01, empty: 0.5 } };

test('a run whose files ended two servers is not read again, and its job says so', async () => {
  const dataDir = await temporaryFolder();
  const secrets = new Secrets({ '["api_key"]': 'planted-0123456789' });
  const prepared = await runsOn(dataDir).runs.prepare(job);
  for (const stopsAt of ['redact', 'judge'] as const) {
    const { runs, begun } = runsOn(dataDir, stopsAt, secrets);
    void runs.collect(job, prepared, good, null);
    await begun;
  }
  const { runs, read } = runsOn(dataDir, undefined, secrets);
  const reason = 'not read again, for the server ended 2 times while it read what the run wrote';
  expect(await runs.collect(job, prepared, good, null)).toMatchObject({
    kind: 'harness',
    reason: `its results were ${reason}`,
    tail: [`(log ${reason})`],
    warnings: [expect.stringContaining(`may show a credential, for what is in it was not redacted: ${reason}`)],
  });
  expect(read).toEqual([]);
});

test('how such a run ended is known without its files', async () => {
  const dataDir = await temporaryFolder();
  const prepared = await runsOn(dataDir).runs.prepare(job);
  for (let ended = 0; ended < 2; ended++) {
    const { runs, begun } = runsOn(dataDir, 'logCause');
    void runs.collect(job, prepared, done, null);
    await begun;
  }
  const { runs } = runsOn(dataDir);
  expect(await runs.collect(job, prepared, done, null)).toMatchObject({ kind: 'exited', code: 3 });
});

test('one server that ended while it read is no reason, nor any number of readings that came to an end', async () => {
  const dataDir = await temporaryFolder();
  const prepared = await runsOn(dataDir).runs.prepare(job);
  const { runs, begun } = runsOn(dataDir, 'judge');
  void runs.collect(job, prepared, good, null);
  await begun;
  for (let times = 0; times < 4; times++) {
    expect(await runsOn(dataDir).runs.collect(job, prepared, good, null)).toMatchObject({ kind: 'noResults' });
  }
});

test('a note that says nothing keeps no run from being judged', async () => {
  const dataDir = await temporaryFolder();
  const prepared = await runsOn(dataDir).runs.prepare(job);
  await writeFile(join(dataDir, 'runs', 'job', 'being-read'), '{"x":');
  expect(await runsOn(dataDir).runs.collect(job, prepared, good, null)).toMatchObject({ kind: 'noResults' });
});
