import { basename, dirname } from 'node:path';

/** Which run a state folder is of: `runs/<job>/<attempt>`, of a part of a split job `runs/<job>/part-<number>/<attempt>`. */
export function runOfState(state: string): { jobId: string; part: number | null } {
  const folder = dirname(state);
  const part = /^part-(\d+)$/.exec(basename(folder))?.[1];
  return part === undefined
    ? { jobId: basename(folder), part: null }
    : { jobId: basename(dirname(folder)), part: Number(part) };
}
