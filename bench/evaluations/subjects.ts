import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { type Bench, evald } from '../bench.ts';
import type { Subject } from '../figures.ts';
import { type Running, startServer } from '../subjects/process.ts';
import { type Client, createClient, type EndedJob, monotonic, numbersOfJob } from './client.ts';
import { evaluationRequest, type Installation } from './installation.ts';
import { type Numbers, numbersOf } from './numbers.ts';

/** Seconds that the Python gets which runs are forked from. */
const LONGEST_LOAD = 300;

/** A server that runs evaluations. */
export type EvaluationServer = Running & {
  subject: Subject;
  /** Has a job been started as this subject starts jobs? @throws when it has not. */
  checkStart(client: Client, job: EndedJob): Promise<void>;
};

/** The server of lmms-eval as it is, by the function that its documentation names. */
const ORIGINAL = `
import sys
from lmms_eval.entrypoints.http_server import launch_server
from lmms_eval.entrypoints.server_args import ServerArgs
launch_server(ServerArgs(host="127.0.0.1", port=int(sys.argv[1])))
`;

/** Starts the original, unchanged, with its own command for runs. */
export async function startOriginalAsItIs({ python, env }: Installation, log: string): Promise<EvaluationServer> {
  const server = await startServer((port) => ({ program: python, args: ['-c', ORIGINAL, String(port)], env }), log);
  return { ...server, subject: 'original', checkStart: async () => {} };
}

/** Starts evald on lmms-eval itself. @param isWarm whether runs are forked from a Python that has imported what they import. */
export async function startEvaldOn(bench: Bench, { python, env }: Installation, isWarm: boolean) {
  const server = await evald(bench, { program: python, env, flags: ['--warm-starts', String(isWarm)] });
  const checkStart = async (client: Client, { job_id }: EndedJob) => {
    const { harness } = startSchema.parse(await client.get(`/jobs/${job_id}/results`));
    if ((harness.started_warm ?? false) === isWarm) return;
    const { warm_starts: known } = healthSchema.parse(await client.get('/health')).engine;
    throw new Error(`job ${job_id} was not started ${isWarm ? 'warm' : 'cold'}: ${JSON.stringify(known)}`);
  };
  const subject: Subject = isWarm ? 'evaldWarm' : 'evaldCold';
  return { ...server, subject, checkStart } satisfies EvaluationServer;
}

const startSchema = z.object({ harness: z.object({ started_warm: z.boolean().optional() }) });
const healthSchema = z.object({
  engine: z.object({ warm_starts: z.looseObject({ state: z.string(), reason: z.string().nullable() }).optional() }),
});

/** Waits until the next run starts warm. A first one has been submitted. @throws when that does not come to be. */
export async function parentReady({ url }: Running): Promise<void> {
  const client = createClient(url);
  const deadline = monotonic() + LONGEST_LOAD;
  try {
    for (;;) {
      const { warm_starts: known } = healthSchema.parse(await client.get('/health')).engine;
      const { state, reason } = known ?? { state: 'off', reason: null };
      if (state === 'ready') return;
      if (state === 'failed') throw new Error(`runs are started cold: ${reason}`);
      if (monotonic() > deadline) throw new Error(`warm starts are ${state} after ${LONGEST_LOAD} s`);
      await setTimeout(100);
    }
  } finally {
    client.close();
  }
}

/** Submits one job to a server, waits for its end and reads its numbers. */
export async function runOn({ url }: Running): Promise<{ numbers: Numbers; job: EndedJob }> {
  const client = createClient(url);
  try {
    const job = await client.completed(await client.submit(evaluationRequest));
    return { numbers: await numbersOfJob(job), job };
  } finally {
    client.close();
  }
}

/**
 * Runs the command that a server runs, without one, waits for its end and reads its numbers. @param folder where its output goes.
 * @throws with the end of its log when it fails.
 */
export async function runByHand(folder: string, { python, env }: Installation): Promise<Numbers> {
  const output = await mkdtemp(join(folder, 'output-'));
  const log = join(output, 'log');
  const { model, tasks, model_args } = evaluationRequest;
  const words = Object.entries(model_args).map(([name, value]) => `${name}=${value}`);
  const asked = [
    '--model',
    model,
    '--tasks',
    tasks.join(','),
    '--output_path',
    output,
    '--model_args',
    words.join(','),
  ];
  const args = ['-m', 'lmms_eval', ...asked, '--batch_size', '1', '--log_samples'];
  const printed = openSync(log, 'w');
  const stdio = ['ignore', printed, printed] as const;
  const child = spawn(python, args, { stdio: [...stdio], env: { ...env, PYTHONUNBUFFERED: '1' } });
  closeSync(printed);
  const [code] = await once(child, 'exit');
  const files = (await readdir(output, { recursive: true })).map((name) => join(output, name));
  const results = files.find((name) => name.endsWith('_results.json'));
  if (code !== 0 || results === undefined)
    throw new Error(`lmms-eval ended with ${code}\n${readFileSync(log, 'utf8').slice(-2_000)}`);
  return numbersOf({ results, samples: files.filter((name) => name.endsWith('.jsonl')) });
}
