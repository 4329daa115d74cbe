import { mkdir, open, realpath, rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { makeFolder } from '../files/makeFolder.ts';
import type { EvaluateRequest } from '../schemas/evaluateRequest.ts';
import { beginAttempt, lastAttempt, noteHarness } from './attempts.ts';
import { nameOf } from './backends.ts';
import {
  type Backend,
  type Exit,
  type Harness,
  type Resources,
  RunError,
  type RunFolders,
  type RunHandle,
  type Runs,
  type StopReason,
} from './contract.ts';
import { runEnvironment } from './environment.ts';
import { foldersOverlap } from './foldersOverlap.ts';
import { readLogTail } from './logTail.ts';
import { followLog } from './progress/follow.ts';
import { resolveFolder } from './resolveFolder.ts';

export type RunsDependencies = {
  harness: Harness;
  backend: Backend;
  /** Folder of evald's own files: `outputs/` and `runs/` are made in it. */
  dataDir: string;
  /** Milliseconds since 1970. */
  now: () => number;
};

const MOST_LOGS_A_SECOND = 1_000;

/** Binds a harness and a backend to what the runner chart asks. */
export function createRuns({ harness, backend, dataDir, now }: RunsDependencies): Runs {
  const ownOutputOf = ({ folderName }: RunFolders) => inside(join(resolve(dataDir), 'outputs'), folderName);
  const stateOf = ({ jobId }: RunFolders) => inside(join(resolve(dataDir), 'runs'), jobId);

  const folders = new WeakMap<EvaluateRequest, string>();

  const folderOf = (request: EvaluateRequest): string | null => {
    if (!request.output_dir) return null;
    const folder = folders.get(request) ?? resolveFolder(request.output_dir);
    folders.set(request, folder);
    return folder;
  };

  return {
    folderOf,

    async prepare(job) {
      refuseImpossible(job.resources);
      const named = job.request.output_dir;
      const output = named ? resolve(named) : ownOutputOf(job);
      try {
        await mkdir(stateOf(job), { recursive: true, mode: 0o700 });
        const folder = folderOf(job.request);
        if (folder !== null) refuseOwn(folder, dataDir);
        await makeFolder(output);
        if (folder !== null) await expectSame(folder, output);
        // Listed before the log is there, so that nothing of this run is among it.
        const before = await harness.list(output);
        const log = await createLog(output, new Date(now()));
        return { output, ownOutput: !named, log, before, operatorOptions: [...harness.operatorOptions] };
      } catch (error) {
        const where = named ? `output_dir ${named}` : `the data folder ${dataDir}`;
        throw new RunError(`${where} cannot be used: ${reasonOf(error)}`, { cause: error });
      }
    },

    async launch(job, prepared) {
      const command = await harness.command(job.request, prepared.output);
      const env = runEnvironment(process.env, harness.env);
      const state = await beginAttempt(stateOf(job), prepared);
      const { jobId, resources } = job;
      const handle = await backend.launch({ jobId, command, env, log: prepared.log, state, resources });
      // Asked beside the run: the answer may take a Python's start, and the run need not wait for it.
      void noteVersion(harness, state);
      return handle;
    },

    async recover(job) {
      const attempt = await lastAttempt(stateOf(job));
      if (attempt === null) return null;
      const handle = await backend.recover(attempt.state);
      return handle && { prepared: attempt.prepared, handle };
    },

    watch: (handle, report) => backend.watch(handle, report),
    whereIs: (handle) => ({ name: nameOf(handle), id: idOf(backend, handle), node: nodeOf(handle) }),
    checkEngineArgs: (args) => {
      if (args.length === 0) return null;
      if (backend.checkArgs === undefined) return `the backend ${backend.name} takes no words for an engine`;
      return backend.checkArgs(args);
    },
    follow: (job, prepared, report) => followLog(prepared.log, job.request.num_gpus, report),
    stop: (handle, how) => backend.stop(handle, how),

    async collect(job, prepared, exit, stopReason) {
      const ended = endOf(exit, stopReason);
      if (ended?.kind === 'lost' || ended?.kind === 'launch') return ended;
      if (ended !== null) return { ...ended, log: prepared.log, tail: await readLogTail(prepared.log) };
      try {
        return await harness.judge(prepared, job.request);
      } catch (error) {
        const reason = `its output cannot be read: ${reasonOf(error)}`;
        return { status: 'failed', kind: 'harness', reason, log: prepared.log, tail: await readLogTail(prepared.log) };
      }
    },

    async discard(job) {
      if (!job.request.output_dir) await remove(ownOutputOf(job));
      await remove(stateOf(job));
    },
  };
}

/** Why a run is failed before its output is looked at; null when its program ended with exit code 0 by itself. */
function endOf(exit: Exit, stopReason: StopReason | null) {
  const status = 'failed' as const;
  if (stopReason !== null) return { status, ...stopReason };
  switch (exit.kind) {
    case 'unknown':
      return { status, kind: 'lost' as const, reason: exit.reason };
    case 'notStarted':
      return { status, kind: 'launch' as const, reason: exit.reason };
    case 'timedOut':
      return { status, kind: 'timedOut' as const, seconds: exit.seconds };
    case 'signal':
      return { status, kind: 'signalled' as const, signal: exit.signal, ...reasonIn(exit) };
    case 'code':
      return exit.code === 0 ? null : { status, kind: 'exited' as const, code: exit.code, ...reasonIn(exit) };
  }
}

const reasonIn = ({ reason }: { reason?: string }) => (reason === undefined ? {} : { reason });

/** Who may run beside this run was decided by where its folder was. @throws when that is elsewhere now. */
async function expectSame(folder: string, output: string): Promise<void> {
  const place = await realpath(output);
  if (place !== folder) throw new Error(`it led to ${folder} when it was looked up, and leads to ${place} now`);
}

/** A job may have been submitted when there were more devices. @throws RunError when it can never have what it asks for. */
function refuseImpossible({ gpus, devices }: Resources): void {
  if (devices === null || devices.length >= gpus) return;
  throw new RunError(`it asks for ${gpus} GPUs (num_gpus), and this server has fewer to give (--gpus)`);
}

/** The engine's name of a run; empty for a handle that its backend cannot read. */
function idOf(backend: Backend, handle: RunHandle): string {
  try {
    return backend.idOf(handle);
  } catch {
    return '';
  }
}

function nodeOf({ node }: RunHandle): string | null {
  return typeof node === 'string' ? node : null;
}

/** Deletes a folder; a link is deleted itself, never what it points to. @throws RunError that names the folder. */
async function remove(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true });
  } catch (error) {
    throw new RunError(`${folder} cannot be deleted: ${reasonOf(error)}`, { cause: error });
  }
}

/** Notes which harness runs, for whoever reads its results. A courtesy: nothing depends on it. */
async function noteVersion(harness: Harness, state: string): Promise<void> {
  try {
    await noteHarness(state, { name: harness.name, version: await harness.version() });
  } catch {
    // The run may be over and its folder gone.
  }
}

/** Runs without a folder of their client's have theirs in there: nobody else's results may lie among them. */
function refuseOwn(folder: string, dataDir: string): void {
  const own = resolveFolder(join(dataDir, 'outputs'));
  if (foldersOverlap(folder, own)) throw new RunError(`${own} is kept for runs that named no folder; choose another`);
}

/** Creates the log, empty. Two runs of the same second and folder get one each. */
async function createLog(output: string, time: Date): Promise<string> {
  const name = `eval-${stampOf(time)}`;
  for (let number = 1; ; number++) {
    const log = join(output, number === 1 ? `${name}.log` : `${name}-${number}.log`);
    try {
      await (await open(log, 'wx')).close();
      return log;
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
      if (!isTaken || number === MOST_LOGS_A_SECOND) throw error;
    }
  }
}

/** `YYYYMMDD-HHMMSS`, local time as the original's. */
function stampOf(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('');
  return `${date}-${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join('')}`;
}

/** A folder's path in another. @throws RunError when the name would lead elsewhere. */
function inside(parent: string, name: string): string {
  if (name === '' || name === '.' || name === '..' || basename(name) !== name) {
    throw new RunError(`${JSON.stringify(name)} is no name of a folder`);
  }
  return join(parent, name);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
