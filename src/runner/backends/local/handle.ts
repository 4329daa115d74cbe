import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfExistsSync } from '../../../files/readFileIfExists.ts';
import type { RunHandle } from '../../../machines/ports/runner.ts';
import { claimStart } from '../shared/claim.ts';
import { parseIdentity, readIdentity } from './launcher.ts';
import { isAlive, readBootIdNow, readProcessNow } from './procfs.ts';

const localHandleSchema = z.object({
  backend: z.literal('local').describe('Whose handle it is'),
  // 1 and below mean other things to `kill`.
  pid: z.int().min(2).describe('Pid of the launcher: also the id of its process group and session'),
  startTime: z.int().describe('When the launcher started, in clock ticks since boot'),
  bootId: z.string().describe('The boot of the machine in which pid and start time are meant'),
  state: z.string().describe("Absolute path of the folder with the launcher's files"),
  node: z.string().nullable().default(null).describe('Name of the machine; null in journals of 0.2 and before'),
});

/** Names a run on this machine, for good: a pid that was used again is not taken for it. */
export type LocalHandle = z.infer<typeof localHandleSchema>;

/** Reads a handle made by this backend. @throws when it is not one. */
export function readHandle(handle: RunHandle): LocalHandle {
  return localHandleSchema.parse(handle);
}

/** Whether the launcher of a run is alive on this machine; false for a handle of another backend. */
export function isLauncherThere(handle: unknown): boolean {
  const { data: local } = localHandleSchema.safeParse(handle);
  if (local === undefined || readBootIdNow() !== local.bootId) return false;
  const launcher = readProcessNow(local.pid);
  return launcher !== null && launcher.startTime === local.startTime && isAlive(launcher);
}

/** Whether the launcher that started a launch is alive on this machine. @param state the state folder of the launch. */
export function isLaunchAlive(state: string): boolean {
  try {
    const identity = parseIdentity(readFileIfExistsSync(join(state, 'identity')) ?? '');
    return identity !== null && isLauncherThere({ backend: 'local', ...identity, state });
  } catch {
    // A run has put something else there.
    return false;
  }
}

/**
 * Finds a run whose launch was under way when evald ended, so that no one noted its handle. Afterwards either its
 * handle is known or it is certain that the program never started and never will.
 *
 * @param state the run's state folder. @returns null when the program never started.
 * @throws when the folder cannot be read or written.
 */
export async function recoverHandle(state: string): Promise<LocalHandle | null> {
  if (await claimStart(state)) return null;
  const identity = await readIdentity(state);
  if (identity === null) throw new Error(`${state} was claimed by a launcher that left no identity`);
  return { backend: 'local', ...identity, state, node: hostname() };
}
