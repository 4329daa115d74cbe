import { spawn } from 'node:child_process';
import { SHARE_ENV } from 'node:worker_threads';
import { errorCode, firstLine } from '../../../errors.ts';
import { type OwnProgram, type OwnThread, ownCommand, startOwnThread } from '../../../ownFiles.ts';
import type { Call, READY, ReaderAnswer } from './wire.ts';

/** What does calls beside this thread, and can be ended in the middle of one. */
export type Helper = {
  post(call: Call): void;
  /** Ends it. Nothing waits for that: a disk that hangs may delay it. */
  end(): void;
};

/** What a helper says: that it is ready, answers, and that it ends and why. */
export type HelperReport = {
  onMessage: (message: ReaderAnswer | typeof READY) => void;
  onEnd: (reason: HelperEnd) => void;
};

/** Why a helper ends; `memory`: it took more than it may; `gone`, last: nothing of it is left. */
export type HelperEnd = { kind: 'memory' } | { kind: 'other'; reason: string } | { kind: 'gone' };

export type HelperLimits = { seconds: number; megabytes: number };

/** What is both a thread and a program. */
export type HelperModule = (OwnProgram & OwnThread) | URL;

/** Starts a helper. It keeps no process alive. @param module one that calls `serve`: evald's own, or a file. @throws when none can be started. */
export type StartHelper = (module: HelperModule, limits: HelperLimits, report: HelperReport) => Helper;

const other = (reason: string): HelperEnd => ({ kind: 'other', reason });

/** A thread of this process: started in some tenths of a second. */
export const startThread: StartHelper = (module, { megabytes }, { onMessage, onEnd }) => {
  const worker = startOwnThread(module, {
    env: SHARE_ENV,
    resourceLimits: { maxOldGenerationSizeMb: megabytes },
  });
  worker.unref();
  worker.on('message', onMessage);
  worker.on('error', (error) =>
    onEnd(errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? { kind: 'memory' } : other(firstLine(error))),
  );
  worker.on('messageerror', (error) => onEnd(other(firstLine(error))));
  worker.on('exit', () => {
    onEnd(other('its thread has ended'));
    onEnd({ kind: 'gone' });
  });
  return { post: (call) => worker.postMessage(call), end: () => void worker.terminate() };
};

/** Seconds of the processor that one has beyond the time of a call, for its start. */
const MARGIN = 60;

/**
 * A process: whatever becomes of it, this one goes on. It is in a session of its own, so that what a terminal sends does not
 * reach it; it ends with this process, and by the kernel when it has used the processor for longer than a call may take.
 */
export const startProcess: StartHelper = (module, { seconds, megabytes }, { onMessage, onEnd }) => {
  const node = ownCommand(module, [`--max-old-space-size=${megabytes}`]);
  const child = spawn('/bin/sh', ['-c', `ulimit -t ${Math.ceil(seconds) + MARGIN}; exec "$@"`, 'sh', ...node], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'advanced',
    detached: true,
  });
  child.unref();
  child.channel?.unref();
  child.on('message', (message) => onMessage(message as ReaderAnswer | typeof READY));
  child.on('error', (error) => {
    onEnd(other(firstLine(error)));
    if (child.pid === undefined) onEnd({ kind: 'gone' });
  });
  // V8 ends a process that is out of memory by SIGABRT or SIGTRAP, the kernel by SIGKILL.
  child.on('exit', (code, signal) => {
    onEnd(other(`its process has ended with ${signal ?? code}`));
    onEnd({ kind: 'gone' });
  });
  return { post: (call) => void child.send(call, () => {}), end: () => void child.kill('SIGKILL') };
};
