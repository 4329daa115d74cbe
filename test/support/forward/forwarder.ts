import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { messageOf } from '../../../src/webhooks/message.ts';
import { forwardPython } from '../needs.ts';

/** The package as it lies in this checkout. */
const sources = join(import.meta.dirname, '../../../python/src');
const program = ['-m', 'evald_client.forward'];
const reader = join(import.meta.dirname, 'readForwarded.py');

export const sinks = ['wandb', 'mlflow', 'tensorboard'] as const;
export type Sink = (typeof sinks)[number];

export const SECRET = 'the secret of the forwarder';

/** run → series → points, each with its step; null where a value has none. */
export type Forwarded = Record<string, Record<string, [step: number | null, value: number][]>>;

type Settings = {
  /** Its folder; the store of MLflow is in it too. */
  dir: string;
  /** The port of an earlier one. */
  port?: number;
  flags?: readonly string[];
  /** The secret it knows; null: none. */
  secret?: string | null;
  env?: Readonly<Record<string, string>>;
};

/** An empty store of MLflow, made once a file of tests: its tables take seconds. */
let emptyStore: Buffer | undefined;

async function makeStore(dir: string): Promise<void> {
  const file = join(dir, 'mlflow.db');
  if (existsSync(file)) return;
  if (emptyStore !== undefined) return writeFile(file, emptyStore);
  const program = 'import sys, mlflow; mlflow.MlflowClient(tracking_uri=sys.argv[1]).search_experiments()';
  execFileSync(forwardPython, ['-c', program, storeOf(dir)], { stdio: 'ignore' });
  emptyStore = await readFile(file);
}

const storeOf = (dir: string) => `sqlite:///${join(dir, 'mlflow.db')}`;

/** Starts the real receiver on a port of loopback, W&B offline. It ends with the test. */
export async function startForwarder(sink: Sink, { dir, port = 0, flags, secret = SECRET, env = {} }: Settings) {
  if (sink === 'mlflow') await makeStore(dir);
  const own = flags ?? (sink === 'mlflow' ? ['--server', storeOf(dir)] : []);
  const child = spawn(forwardPython, [...program, '--forward', sink, '--port', String(port), '--dir', dir, ...own], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: environment({ ...(secret !== null && { EVALD_WEBHOOK_SECRET: secret }), ...env }),
  });
  let log = '';
  const { promise: listening, resolve, reject } = Promise.withResolvers<string>();
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
    const url = /listens on (\S+)/.exec(log)?.[1];
    if (url !== undefined) resolve(url);
  });
  child.once('close', (code) => reject(new Error(`the receiver ended with ${code}: ${log}`)));
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  onTestFinished(() => end('SIGKILL'));
  const url = await listening;
  return {
    url,
    port: Number(new URL(url).port),
    log: () => log,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      return child.exitCode;
    },
  };
}

/** Runs it where it is to end by itself. @returns its exit code, and what it says. */
export async function runForwarder(args: readonly string[], env: Record<string, string> = {}, python: string[] = []) {
  const child = spawn(forwardPython, [...python, ...program, ...args], { env: environment(env) });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said += text));
  await once(child, 'close');
  return { code: child.exitCode, said };
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { EVALD_WEBHOOK_SECRET: _, ...rest } = process.env;
  return { ...rest, PYTHONPATH: sources, WANDB_MODE: 'offline', PYTHONDONTWRITEBYTECODE: '1', ...env };
}

/** What is at the sink now, read by the sink's own means. */
export function readForwarded(sink: Sink, dir: string): Forwarded {
  const args = [reader, sink, sink === 'mlflow' ? storeOf(dir) : dir];
  return JSON.parse(execFileSync(forwardPython, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }));
}

/** Ids of the jobs that a receiver has noted as written, in order. */
export async function written(sink: Sink, dir: string): Promise<string[]> {
  const text = await readFile(join(dir, `${sink}.log`), 'utf8');
  return [...text.matchAll(/^done (.*)$/gm)].map(([, job = '']) => job);
}

/** Posts a job as evald does. @param at when it was signed, in milliseconds. @returns the status of the answer. */
export async function postJob(url: string, job: JobInfo, secret = SECRET, at = Date.now()): Promise<number> {
  const { headers, body } = messageOf(job, { number: 1, jobId: job.job_id }, { version: '1.2.3', secret }, at);
  return (await fetch(url, { method: 'POST', headers, body })).status;
}

/** The series that a job becomes, each with its number. */
export function seriesOf(sink: Sink, { metrics }: Pick<JobInfo, 'metrics'>): Map<string, number> {
  const series = new Map<string, number>();
  for (const [task, scores] of Object.entries(metrics ?? {})) {
    for (const [name, { value, stderr, n }] of Object.entries(scores)) {
      for (const [suffix, number] of Object.entries({ '': value, _stderr: stderr, _n: n })) {
        if (typeof number === 'number')
          series.set(`${sink === 'wandb' ? 'evald/' : ''}${task}/${name}${suffix}`, number);
      }
    }
  }
  return series;
}
