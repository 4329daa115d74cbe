import { type Running, startServer } from './process.ts';

/** What `npm run build` has made: evald as it is published. */
export const main = new URL('../../dist/evald.js', import.meta.url).pathname;

export type EvaldOptions = {
  dataDir: string;
  log: string;
  /** What a run starts: a Python with lmms-eval, or something instead of one. */
  program: string;
  /** Its environment, and so that of its runs; without it the one of the benchmark. */
  env?: NodeJS.ProcessEnv;
  /** More flags of evald, and of Node. */
  flags?: string[];
  nodeFlags?: string[];
};

/** More than is ever queued here: a full queue would refuse. */
const MOST_JOBS = '5000000';
/** More than one client ever submits here: what counts its submissions is at work all the same. */
const MOST_A_MINUTE = '10000000';

/** Starts evald as anybody would, with its normal durability: a process of its own, the journal on the disk. */
export function startEvald({ dataDir, log, program, env, flags = [], nodeFlags = [] }: EvaldOptions): Promise<Running> {
  const where = ['--host', '127.0.0.1', '--data-dir', dataDir, '--grace', '1'];
  const limits = ['--max-queue', MOST_JOBS, '--submissions-per-minute', MOST_A_MINUTE];
  const harness = ['--harness', 'lmms-eval', '--python', program];
  return startServer(
    (port) => ({
      program: process.execPath,
      args: [...nodeFlags, main, '--port', String(port), ...where, ...limits, ...harness, ...flags],
      ...(env && { env }),
    }),
    log,
  );
}
