import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, realpath, symlink, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { finished } from 'node:stream/promises';
import { errorCode } from '../../../errors.ts';
import { ownersOnly, umaskWord } from '../../../files/fileAccess.ts';
import { appendTo } from '../../../files/writeRunFile.ts';
import { RunError, UnavailableError } from '../../../machines/ports/runner.ts';
import { launchFault } from '../../faults.ts';
import { findProgram } from '../../findProgram.ts';
import { workingFolder } from '../../folders/workingFolder.ts';
import type { LaunchSpec } from '../backend.ts';
import { claimOf } from '../shared/claim.ts';
import { type LocalHandle, recoverHandle } from './handle.ts';
import {
  LAUNCHER_SCRIPT,
  type LauncherIdentity,
  parseIdentity,
  readIdentity,
  type SpareRun,
  spareScript,
} from './launcher.ts';
import { LOG_FILE, LOG_LINK, writeLogFile } from './logWriters.ts';
import { DEVICE_VARIABLES, RUN_MARK } from './marks.ts';
import type { Launcher } from './observe.ts';
import { noteOomKills, readOomKills } from './oomKills.ts';
import type { Starter } from './starter/starter.ts';
import type { WarmRun } from './warm/parent.ts';
import type { WarmStarts } from './warm/warmStarts.ts';

/** A run just started, what reports the end of its launcher, and whether it was forked from a warm parent. */
export type Launched = { handle: LocalHandle; launcher: Launcher | null; isWarm: boolean };

/** What starts runs sooner than this process can; null: there is nothing of the kind. */
export type Starters = { warm: WarmStarts | null; starter: Starter | null };

/**
 * Starts a launcher in its own session and process group, and through it the program. Output goes from the kernel to
 * the log, input is empty. Writes into the state folder.
 *
 * @throws RunError when the program could not be started for what it was given, else UnavailableError; then nothing of it
 * is left.
 */
export async function launchProgram(spec: LaunchSpec, starters: Starters): Promise<Launched> {
  const [name] = spec.command;
  const state = resolve(spec.state);
  try {
    const kills = readOomKills();
    const { identity, launcher, isWarm = false } = await startLauncher(spec, state, starters);
    // Beside the run, which need not wait for it.
    void noteOomKills(state, kills);
    return { handle: { backend: 'local', ...identity, state, node: hostname() }, launcher, isWarm };
  } catch (error) {
    if (errorCode(error) === 'E2BIG') {
      throw new RunError(`${name} could not be started: its arguments are too long for this system`, { cause: error });
    }
    if (error instanceof RunError) throw error;
    throw launchFault(error, `${name} could not be started`, true);
  }
}

/** A launcher that has named itself; null where nothing reports its end. */
type Begun = { identity: LauncherIdentity; launcher: Launcher | null; isWarm?: boolean };

async function startLauncher(spec: LaunchSpec, state: string, { warm, starter }: Starters): Promise<Begun> {
  const [name, ...args] = spec.command;
  const log = await openForOutput(spec.log);
  try {
    // Always a path: the shell would take the name of a built-in for that.
    const [program, cwd] = await Promise.all([
      findProgram(name, spec.env['PATH']),
      workingFolder(state),
      noteLog(spec.log, log, state),
    ]);
    if (program === null) throw new UnavailableError(`${name} was not found, or is not executable`);
    const umask = spec.umask ?? ownersOnly.umask;
    const env = { ...spec.env, ...deviceVariables(spec), ...threadVariables(spec), [RUN_MARK]: state };
    const run = { command: [program, ...args], env, cwd, umask, state };
    // What was imported before has read how many threads it may use.
    const isFree = spec.resources.cpus === null;
    if (warm !== null && isFree && spec.warm !== undefined && args[0] === '-m') {
      const asked = { ...run, log: await openFile(log), mark: RUN_MARK, devices: DEVICE_VARIABLES };
      const begun = await warm.launch(asked, spec.warm);
      if (begun !== null) return { ...begun, isWarm: true };
    }
    const begun = starter && (await startByStarter({ ...run, log: pathOf(log) }, starter));
    if (begun !== null) return begun;
    const script = `umask ${umaskWord(umask)}\n${LAUNCHER_SCRIPT}`;
    const child = spawn('/bin/sh', ['-c', script, 'evald-launcher', state, program, ...args], {
      cwd,
      detached: true,
      env,
      stdio: ['ignore', log.fd, log.fd, 'pipe'],
    });
    const said = listenedTo(child);
    await once(child, 'spawn');
    return { identity: await identifyOrKill(child, said, state), launcher: child };
  } finally {
    await log.close();
  }
}

/** @returns null when nothing was begun, so that it can be started from here. @throws when it cannot be started any more. */
async function startByStarter(run: SpareRun, starter: Starter): Promise<Begun | null> {
  const script = spareScript(run);
  const answer = script && (await starter.start(script));
  if (!answer) return null;
  if (answer.kind === 'named') {
    const identity = parseIdentity(answer.said);
    if (identity?.pid === answer.pid) return { identity, launcher: answer.launcher };
    throw new Error(`a launcher named itself ${answer.said}`);
  }
  if (answer.kind === 'silent') {
    if ((await claimOf(run.state)) === null) return null;
    throw await whySilent(answer.pid, run.state);
  }
  // As after a restart.
  const handle = await recoverHandle(run.state);
  if (handle === null) throw new UnavailableError('its launcher was ended before its program began');
  return { identity: handle, launcher: null };
}

/** The log stands in a folder that a client may have named. @throws RunError, UnavailableError */
async function openForOutput(path: string): Promise<FileHandle> {
  return appendTo(path).catch((error) => {
    throw launchFault(error, `its log ${path} cannot be written`, false);
  });
}

/** Tells later whose output this is, by the kernel's name of it, without links, and by the file that it is now. */
async function noteLog(path: string, log: FileHandle, state: string): Promise<void> {
  await symlink(await realpath(path), join(state, LOG_LINK));
  await writeFile(join(state, LOG_FILE), writeLogFile(await log.stat({ bigint: true })), { mode: 0o600 });
}

/** A path to what we have open, for another process of this user, whatever becomes of its name. */
const pathOf = ({ fd }: FileHandle): string => `/proc/${process.pid}/fd/${fd}`;

/** The same, and which file that is. */
async function openFile(log: FileHandle): Promise<WarmRun['log']> {
  const { dev, ino } = await log.stat({ bigint: true });
  return { path: pathOf(log), file: [String(dev), String(ino)] };
}

/** Shows the run its own devices and no others. */
function deviceVariables({ env, resources: { devices } }: LaunchSpec): Record<string, string> {
  if (devices === null) return {};
  // CUDA counts the fastest first, people and nvidia-smi by the bus.
  const { CUDA_DEVICE_ORDER = 'PCI_BUS_ID' } = env;
  return { CUDA_DEVICE_ORDER, CUDA_VISIBLE_DEVICES: devices.join(',') };
}

/** By which the libraries that compute know how many threads to use. */
const THREAD_VARIABLES = ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'NUMEXPR_NUM_THREADS'];

/** As many threads as the job has CPUs: it says so itself, which wins over what is set for all. */
function threadVariables({ resources: { cpus } }: LaunchSpec): Record<string, string> {
  return cpus === null ? {} : Object.fromEntries(THREAD_VARIABLES.map((name) => [name, String(cpus)]));
}

/** To be called at once: what a child has written and no one has read until it ends is thrown away. */
function listenedTo(child: ChildProcess): Promise<string> {
  const said = saidBy(child);
  // What waits for it gets the error; when the child could not be started nothing does.
  said.catch(() => {});
  return said;
}

async function identifyOrKill(child: ChildProcess, said: Promise<string>, state: string): Promise<LauncherIdentity> {
  try {
    const identity = parseIdentity(await said);
    if (identity === null || identity.pid !== child.pid) throw await whySilent(child.pid, state);
    return identity;
  } catch (error) {
    // What cannot be named again must not run. An unreaped child's pid is no one else's.
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      process.kill(-child.pid, 'SIGKILL');
    }
    throw error;
  }
}

/** The launcher names itself when the start is its own, and lets go of descriptor 3 in silence when it has failed. */
async function saidBy(child: ChildProcess): Promise<string> {
  const channel = child.stdio?.[3];
  if (channel === null || channel === undefined || !('read' in channel)) throw new Error('no channel to the launcher');
  const [said] = await Promise.race([once(channel, 'data'), finished(channel, { writable: false }).then(() => [])]);
  channel.destroy();
  return String(said ?? '');
}

/** Why a launcher has not named itself: it has ended, or is about to be killed, and has started nothing. */
async function whySilent(pid: number | undefined, state: string): Promise<Error> {
  const isIdentified = (await readIdentity(state).catch(() => null))?.pid === pid;
  const claim = await claimOf(state);
  if (claim === 'evald') return new RunError(`the start was claimed in ${state}`);
  if (claim === 'run' && !isIdentified) return new RunError(`the run of ${state} was started before`);
  return new UnavailableError(
    `the launcher could not write to ${state}, or start another process; see that there is room on its disk, and that the server's user may start more processes`,
  );
}
