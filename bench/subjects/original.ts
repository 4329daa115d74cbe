import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Running, startServer } from './process.ts';

const cache = process.env['EVALD_CACHE'] ?? join(homedir(), '.cache', 'evald');
const python = join(cache, 'lmms-eval', 'bin', 'python');
const script = new URL('./original.py', import.meta.url).pathname;

/** Whether `npm run setup:lmms-eval` has provided the original. */
export const hasOriginal = existsSync(python);

/** The original server with another command for its runs, and a way to fill its queue. */
export type Original = Running & {
  /** Empties the queue and fills it with so many jobs. @returns their ids. */
  fill(jobs: number, body: string): Promise<string[]>;
};

/** Starts it. @param command what a run starts instead of lmms-eval. */
export async function startOriginal(command: readonly string[], log: string): Promise<Original> {
  const running = await startServer((port) => ({ program: python, args: [script, String(port), ...command] }), log);
  return {
    ...running,
    fill: async (jobs, body) => {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${running.url}/bench/fill?jobs=${jobs}`, { method: 'POST', headers, body });
      if (!answer.ok) throw new Error(`the original could not be filled: ${answer.status} ${await answer.text()}`);
      const { ids } = (await answer.json()) as { ids: string[] };
      return ids;
    },
  };
}
