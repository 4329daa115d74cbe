import { onTestFinished } from 'vitest';
import type { RunHandle } from '../../../src/machines/ports/runner.ts';
import type { Backend } from '../../../src/runner/backends/backend.ts';
import { createLocalBackend } from '../../../src/runner/backends/local/backend.ts';
import { readHandle } from '../../../src/runner/backends/local/handle.ts';
import { readProcess } from '../../../src/runner/backends/local/procfs.ts';
import { createStarter, type Starter } from '../../../src/runner/backends/local/starter/starter.ts';
import { eventually } from '../waiting/eventually.ts';

/** Resolves when a starter can be asked: until then it starts nothing. */
export async function readyStarter(starter: Starter = createStarter()): Promise<Starter> {
  await eventually(async () => (await starter.start('exit 0\n')) !== null);
  return starter;
}

/** A backend whose runs are started by a starter that is ready. It is closed when the test ends. */
export async function startedBackend(): Promise<Backend & { starter: Starter }> {
  const starter = await readyStarter();
  const backend = createLocalBackend(null, starter);
  onTestFinished(() => backend.close?.());
  return { ...backend, starter };
}

/** The process that has started the launcher of a run. */
export async function parentOf(handle: RunHandle): Promise<number> {
  const launcher = await readProcess(readHandle(handle).pid);
  if (launcher === null) throw new Error('its launcher is gone');
  return launcher.parent;
}
