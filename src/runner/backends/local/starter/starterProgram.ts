import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { StarterReport, StarterRequest } from './starter.ts';

/**
 * The starter's own program. It keeps one shell waiting for its script (`launcher.ts`), hands it the next one that is asked
 * for, and says which process the shell names itself, and how it ended. It imports nothing else: the smaller the process,
 * the sooner it is copied. It ends with the server; launchers go on, and a shell that still waits reads the end of its
 * input and starts nothing.
 */
let spare: ChildProcess | null = makeSpare();
/** Launchers that have not named themselves, nor ended. */
let unnamed = 0;
let isClosing = false;
report({ ready: true });
createInterface({ input: process.stdin })
  .on('line', (line) => start(JSON.parse(line)))
  .on('close', () => {
    isClosing = true;
    endIfClosing();
  });
process.stdout.on('error', () => process.exit(0));

function makeSpare(): ChildProcess {
  const child = spawn('/bin/sh', ['-s', 'evald-launcher'], {
    cwd: '/',
    detached: true,
    // Of one without any it cannot be told whether it is just beginning.
    env: { PWD: '/' },
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  // One that could not be started has no pid; one that has ended reads nothing.
  child.on('error', () => {});
  child.stdin?.on('error', () => {});
  return child;
}

function start({ id, script }: StarterRequest): void {
  const launcher = spare !== null && isThere(spare) ? spare : makeSpare();
  spare = null;
  unnamed += 1;
  let isNamed = false;
  const end = (code: number | null, signal: NodeJS.Signals | null) => {
    report({ id, pid: launcher.pid, ended: { code, signal } });
    if (!isNamed) goOn();
  };
  if (launcher.pid === undefined) {
    end(null, null);
    return;
  }
  const { pid, stdio, stdin } = launcher;
  const channel = stdio[3] as Socket;
  let said = '';
  channel.on('data', (data) => {
    said += data;
    if (!said.endsWith('\n')) return;
    isNamed = true;
    report({ id, pid, said });
    goOn();
  });
  launcher.once('exit', (code, signal) => {
    // What it has said may not have been read yet.
    if (isNamed || channel.closed) end(code, signal);
    else channel.once('close', () => end(code, signal));
  });
  stdin?.end(script);
}

/** Not before: until its program begins the processor is the launcher's. */
function goOn(): void {
  unnamed -= 1;
  endIfClosing();
  spare ??= makeSpare();
}

function endIfClosing(): void {
  if (isClosing && unnamed === 0) process.exit(0);
}

function isThere({ pid, exitCode, signalCode }: ChildProcess): boolean {
  return pid !== undefined && exitCode === null && signalCode === null;
}

function report(line: StarterReport): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
