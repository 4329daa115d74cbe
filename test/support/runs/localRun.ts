import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Resources, RunHandle, RunReport } from '../../../src/machines/ports/runner.ts';
import type { Backend, LaunchSpec } from '../../../src/runner/backends/backend.ts';
import { runName } from '../../../src/runner/runName.ts';
import { removeFolder } from '../files/removeFolder.ts';

/** What a run asks for that asks for nothing special. */
export const oneGpu: Resources = {
  ...{ gpus: 1, devices: null, seconds: null, engineArgs: [] },
  ...{ cpus: null, memory: null, priority: 0 },
};

/** Path of a tiny program. */
export function fixture(name: string): string {
  return join(import.meta.dirname, '..', '..', 'fixtures', name);
}

/** A folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  onTestFinished(() => removeFolder(folder));
  return folder;
}

/** What a backend needs to run a command with a state folder and a log of its own. */
export async function launchSpec(
  command: [string, ...string[]],
  env: Record<string, string> = {},
): Promise<LaunchSpec> {
  const folder = await temporaryFolder();
  const state = join(folder, 'state');
  await mkdir(state);
  const { PATH = '/usr/bin:/bin' } = process.env;
  const jobId = randomUUID();
  const name = runName({ model: 'model', tasks: ['task'] });
  return { jobId, name, command, env: { PATH, ...env }, log: join(folder, 'log'), state, resources: oneGpu };
}

/** Launches; what is left of the run when the test ends is killed. */
export async function launch(backend: Backend, spec: LaunchSpec): Promise<RunHandle> {
  const handle = await backend.launch(spec);
  onTestFinished(async () => {
    await backend.stop(handle, 'kill');
    await watchToEnd(backend, handle);
  });
  return handle;
}

/** All that watching reports of the end, until nothing is left. */
export function watchToEnd(backend: Backend, handle: RunHandle): Promise<RunReport[]> {
  const reports: RunReport[] = [];
  return new Promise((resolve) => {
    backend.watch(handle, (report) => {
      if (report.type !== 'run.placed') reports.push(report);
      if (report.type === 'run.gone') resolve(reports);
    });
  });
}

/** Resolves when the program itself has ended. */
export function watchToExit(backend: Backend, handle: RunHandle): Promise<RunReport> {
  return new Promise((resolve) => {
    const stop = backend.watch(handle, (report) => {
      if (report.type === 'run.placed') return;
      resolve(report);
      stop();
    });
  });
}
