import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { lmmsEvalPython } from '../../test/support/needs.ts';
import { type Running, startServer } from './process.ts';

const script = new URL('./original.py', import.meta.url).pathname;

/** Whether `npm run setup:lmms-eval` has provided the original. */
export const hasOriginal = existsSync(lmmsEvalPython);

/** Its version, for a report; null where it is not there. */
export function originalVersion(): string | null {
  if (!hasOriginal) return null;
  const ask = 'import importlib.metadata; print(importlib.metadata.version("lmms-eval"))';
  return execFileSync(lmmsEvalPython, ['-c', ask], { encoding: 'utf8' }).trim();
}

/** The original server with another command for its runs, and a way to fill its queue. */
export type Original = Running & {
  /** Empties the queue and fills it with so many jobs. @returns their ids. */
  fill(jobs: number, body: string): Promise<string[]>;
};

/** Starts it. @param command what a run starts instead of lmms-eval. */
export async function startOriginal(command: readonly string[], log: string): Promise<Original> {
  const running = await startServer(
    (port) => ({ program: lmmsEvalPython, args: [script, String(port), ...command] }),
    log,
  );
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
