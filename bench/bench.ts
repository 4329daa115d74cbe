import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Figures } from './figures.ts';
import type { Plan } from './plan.ts';
import { type EvaldOptions, startEvald } from './subjects/evald.ts';
import type { Original } from './subjects/original.ts';
import type { Running } from './subjects/process.ts';
import type { Programs } from './subjects/programs.ts';

/** What every measure gets. */
export type Bench = {
  plan: Plan;
  figures: Figures;
  /** A folder on a real disk; goes with the run. */
  folder: string;
  programs: Programs;
  /** The bare server, all the time. */
  bare: Running;
  /** The original with a run that sleeps, all the time; null where it is missing. */
  original: Original | null;
  say(line: string): void;
};

/** A new folder of its own. */
export function newFolder({ folder }: Bench, name: string): string {
  return mkdtempSync(join(folder, `${name}-`));
}

/** An evald whose runs sleep, in a new data folder unless one is given. */
export function evald(bench: Bench, options: Partial<EvaldOptions> = {}): Promise<Running> {
  const dataDir = options.dataDir ?? newFolder(bench, 'data');
  return startEvald({ program: bench.programs.sleeper, ...options, dataDir, log: `${dataDir}.log` });
}

/** Does the work with servers, and ends them all, whatever happens. */
export async function using(servers: readonly Running[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
