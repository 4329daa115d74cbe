import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type TestContext } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer } from '../support/server/server.ts';
import { table } from './table.ts';

/** Has one server run a job of each harness that is set up, and expects them to start in order, and of each its own numbers. */
export async function expectOneQueue(
  { onTestFinished }: Pick<TestContext, 'onTestFinished'>,
  flags: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const folder = await temporaryFolder();
  // The operator's words for lmms-eval, which name a folder of tasks, would be the demo's as well.
  const entries = table.filter(({ name, need }) => name !== 'lmms-eval' && (need?.present ?? true));
  const trials = [];
  for (const { name, prepare } of entries) {
    const own = join(folder, String(trials.length));
    await mkdir(own);
    const trial = await prepare(own);
    onTestFinished(async () => trial.remove?.());
    trials.push({ ...trial, name });
  }
  const server = await startServer({
    flags: [...trials.flatMap((trial) => trial.flags), '--check-names', 'off', ...flags],
    env: { ...Object.assign({}, ...trials.map((trial) => trial.env)), TEST_CONTROL: folder, ...env },
  });
  onTestFinished(async () => void (await server.stop()));
  const client = createClient({ server: server.url });

  const ids: string[] = [];
  for (const { name, request } of trials) ids.push(await submit(server.url, { harness: name, ...request }));
  const jobs = await Promise.all(ids.map((id) => endedJob(server.url, id)));
  for (const [at, { name, numbers }] of trials.entries()) {
    expect(jobs[at]).toMatchObject({
      ...{ status: 'completed', error: null, harness: name, provenance: { harness: name } },
      metrics: numbers,
    });
  }
  const starts = jobs.map(({ started_at }) => Date.parse(started_at ?? ''));
  expect(starts).toEqual(starts.toSorted((one, other) => one - other));
  const { scores } = await client.scores();
  expect(new Set(scores.map(({ harness }) => harness))).toEqual(new Set(trials.map(({ name }) => name)));
}
