import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** Milliseconds that a server gets to answer for the first time, and to end. */
const LONGEST_START = 180_000;
const LONGEST_END = 20_000;

/** A server that answers. */
export type Running = {
  url: string;
  pid: number;
  /** Milliseconds from its start to its first answer. */
  startTime: number;
  stop(): Promise<void>;
};

/**
 * Starts a server and waits for its first answer to GET /health.
 * @param command how it is started, given the port. @param log what it prints goes there.
 * @throws when it ends instead, or takes too long.
 */
export async function startServer(
  command: (port: number) => { program: string; args: string[]; env?: NodeJS.ProcessEnv },
  log: string,
): Promise<Running> {
  const port = await freePort();
  const { program, args, env = process.env } = command(port);
  const output = openSync(log, 'w');
  const began = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', output, output], env });
  closeSync(output);
  const url = `http://127.0.0.1:${port}`;
  try {
    while (!(await isHealthy(url))) {
      if (child.exitCode !== null) throw new Error(`it ended with exit code ${child.exitCode}`);
      if (performance.now() - began > LONGEST_START) throw new Error('it did not answer in time');
      await setTimeout(1);
    }
  } catch (error) {
    await end(child);
    throw new Error(`${program} ${args.join(' ')}: ${error}\n${readFileSync(log, 'utf8').slice(-2_000)}`);
  }
  const startTime = performance.now() - began;
  return { url, pid: child.pid ?? 0, startTime, stop: () => end(child) };
}

/** Ends a process by a signal, and by KILL where it goes on. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const kill = globalThis.setTimeout(() => child.kill('SIGKILL'), LONGEST_END);
  await ended;
  clearTimeout(kill);
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function isHealthy(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(`${url}/health`, { agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.on('error', () => resolve(false));
  });
}

/** Bytes of memory that a process has in use (RSS). */
export function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? [];
  return Number(kilobytes) * 1024;
}
