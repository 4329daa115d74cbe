import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunError, type RunJob, UnavailableError } from '../../src/machines/ports/runner.ts';
import { createLocalBackend } from '../../src/runner/backends/local/backend.ts';
import { createRunExecutor } from '../../src/runner/executor.ts';
import { beginLaunch, writeConfig } from '../../src/runner/folders/launches.ts';
import type { Harness } from '../../src/runner/harnesses/contract.ts';
import { createDemoHarness } from '../../src/runner/harnesses/demo/harness.ts';
import { createHarnessRegistry } from '../../src/runner/harnesses/registry.ts';
import { createHarnessRuns } from '../../src/runner/harnessRuns.ts';
import { Secrets } from '../../src/schemas/secrets/secretRequest.ts';
import { request } from '../support/requests/request.ts';
import { oneGpu, temporaryFolder } from '../support/runs/localRun.ts';

const demo = createDemoHarness({ extraArgs: [] });
const gone = 'its Python is gone';
const broken: Harness = {
  ...{ ...demo, name: 'broken', whyNot: async () => gone },
  check: async () => {
    throw new UnavailableError(gone);
  },
};

/** Runs of the demo, which is the usual one, and of one that cannot run. */
async function setUp({ enabled = [] as string[], usual = 'demo', unnamed = 'demo' } = {}) {
  const dataDir = await temporaryFolder();
  const registry = createHarnessRegistry({
    ...{ harnesses: [demo, broken], usual, unnamed, enabled },
    catalogs: { now: () => 0, logError: () => {} },
  });
  const secretsOf = () => new Secrets({ '["api_key"]': 'PLANTED-0123456789' });
  const runs = createHarnessRuns(registry, (harness) =>
    createRunExecutor({ harness, backend: createLocalBackend(), dataDir, now: Date.now, environment: {}, secretsOf }),
  );
  const job: RunJob = {
    ...{ jobId: 'job', folderName: 'own', harness: 'broken', resources: oneGpu },
    request: request({ model: 'majority', tasks: ['demo_digits'], model_args: { api_key: '***' } }),
  };
  return { dataDir, runs, job };
}

const refusal = `the harness broken cannot run: ${gone}`;

test('a harness that cannot run fails a job of its own, and where it is the usual one the job waits for it', async () => {
  const { runs, job } = await setUp({ enabled: ['broken'] });
  await expect(runs.prepare(job)).rejects.toEqual(new RunError(refusal));
  const waiting = await setUp({ usual: 'broken' });
  await expect(waiting.runs.prepare(waiting.job)).rejects.toThrow(UnavailableError);
});

test('a job that names no harness is prepared by that of earlier versions, and a job that repeats it has that name', async () => {
  const { runs, job } = await setUp({ unnamed: 'broken' });
  await expect(runs.prepare({ ...job, harness: null })).rejects.toThrow(refusal);
  await expect(runs.harnessFor(null, true)).rejects.toThrow(refusal);
  expect(await runs.harnessFor(null)).toBe('demo');
});

test('of a job whose harness is offered no more, the credentials that an earlier launch left are deleted', async () => {
  const { dataDir, runs, job } = await setUp({ enabled: ['demo'] });
  const state = await beginLaunch(join(dataDir, 'runs', 'job'), await runs.prepare({ ...job, harness: 'demo' }));
  await writeConfig(state, '{"api_key": "PLANTED-0123456789"}');
  await expect(runs.prepare(job)).rejects.toThrow('the harness broken is not offered');
  expect(await readdir(state)).toEqual(['prepared.json']);
});

test('of a job that asks for more GPUs than there are, the credentials that an earlier launch left are deleted', async () => {
  const { dataDir, runs, job } = await setUp();
  const state = await beginLaunch(join(dataDir, 'runs', 'job'), await runs.prepare({ ...job, harness: 'demo' }));
  await writeConfig(state, '{"api_key": "PLANTED-0123456789"}');
  const resources = { ...oneGpu, gpus: 2, devices: ['0'] };
  await expect(runs.prepare({ ...job, harness: 'demo', resources })).rejects.toThrow('it asks for 2 GPUs');
  expect(await readdir(state)).toEqual(['prepared.json']);
});
