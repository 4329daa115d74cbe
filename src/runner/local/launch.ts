import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, realpath, symlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { type LaunchSpec, RunError } from '../contract.ts';
import { findProgram } from '../findProgram.ts';
import type { LocalHandle } from './handle.ts';
import { isStartClaimedByLauncher, LAUNCHER_SCRIPT, readIdentity } from './launcher.ts';
import { RUN_MARK } from './marks.ts';

/** A run just started, and the launcher as our child. */
export type Launched = { handle: LocalHandle; child: ChildProcess };

/**
 * Starts a launcher in its own session and process group, and through it the program. Output goes from the kernel to
 * the log, input is empty. Writes into the state folder.
 *
 * @throws RunError when the program could not be started; then nothing of it is left.
 */
export async function launchProgram(spec: LaunchSpec): Promise<Launched> {
  const [name, ...args] = spec.command;
  // Always a path: the shell would take the name of a built-in for that.
  const { PATH } = spec.env;
  const program = await findProgram(name, PATH);
  if (program === null) throw new RunError(`${name} was not found, or is not executable`);
  const state = resolve(spec.state);
  try {
    const child = await spawnLauncher(spec, state, [program, ...args]);
    return { handle: await identifyOrKill(child, state), child };
  } catch (error) {
    if (error instanceof RunError) throw error;
    throw new RunError(`${name} could not be started: ${reasonOf(error)}`, { cause: error });
  }
}

async function spawnLauncher(spec: LaunchSpec, state: string, command: string[]): Promise<ChildProcess> {
  const log = await open(spec.log, 'a');
  try {
    // Tells later whose output this is: the way the kernel names it, without links.
    await symlink(await realpath(spec.log), join(state, 'log.link'));
    const child = spawn('/bin/sh', ['-c', LAUNCHER_SCRIPT, 'evald-launcher', state, ...command], {
      detached: true,
      env: { ...spec.env, ...deviceVariables(spec), [RUN_MARK]: state },
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
    await once(child, 'spawn');
    return child;
  } finally {
    await log.close();
  }
}

/** Shows the run its own devices and no others. */
function deviceVariables({ env, resources: { devices } }: LaunchSpec): Record<string, string> {
  if (devices === null) return {};
  // CUDA counts the fastest first, people and nvidia-smi by the bus.
  const { CUDA_DEVICE_ORDER = 'PCI_BUS_ID' } = env;
  return { CUDA_DEVICE_ORDER, CUDA_VISIBLE_DEVICES: devices.join(',') };
}

async function identifyOrKill(child: ChildProcess, state: string): Promise<LocalHandle> {
  try {
    await untilReady(child);
    return await identify(child, state);
  } catch (error) {
    // What cannot be named again must not run. An unreaped child's pid is nobody else's.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    throw error;
  }
}

/** The launcher writes to descriptor 3 when it is ready, and lets go of it when it has failed. */
async function untilReady(child: ChildProcess): Promise<void> {
  const ready = child.stdio[3];
  if (ready === null || ready === undefined || !('read' in ready)) throw new Error('no channel to the launcher');
  await Promise.race([once(ready, 'data'), finished(ready, { writable: false })]);
  ready.destroy();
}

async function identify(child: ChildProcess, state: string): Promise<LocalHandle> {
  const identity = await readIdentity(state);
  if (identity === null || identity.pid !== child.pid) {
    throw new RunError(`the launcher could not write to ${state}, or this run was started before`);
  }
  if (!(await isStartClaimedByLauncher(state))) throw new RunError(`the start was claimed in ${state}`);
  return { backend: 'local', ...identity, state, node: hostname() };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? error.code : undefined;
  return code === 'E2BIG' ? 'its arguments are too long for this system' : error.message;
}
