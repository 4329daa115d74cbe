import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { parseNote } from '../../../files/parseJson.ts';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';

const FILE = 'oom-kills.json';

const oomKillsSchema = z.object({
  cgroup: z
    .number()
    .nullable()
    .describe("Processes of this server's control group that the kernel has killed for memory"),
  machine: z.number().nullable().describe('Processes of the whole machine that it has killed for memory'),
});

/** How many processes the kernel has killed for want of memory; null where it does not say. */
export type OomKills = z.infer<typeof oomKillsSchema>;

/** Reads the kernel's counters, at once: they lie on no disk. Never throws. @param root of the files that the kernel shows; another one in tests. */
export function readOomKills(root = '/'): OomKills {
  const cgroups = textOf(join(root, 'proc/self/cgroup'));
  const unified = /^0::(\/.*)$/m.exec(cgroups)?.[1] ?? '/';
  const memory = /^\d{1,4}:memory:(\/.*)$/m.exec(cgroups)?.[1] ?? '/';
  // In a container its own group is shown as the root of all. Before version 2 each resource had groups of its own.
  const places = [
    ...[memory, '/'].map((group) => join(root, 'sys/fs/cgroup/memory', group, 'memory.oom_control')),
    ...[unified, '/'].map((group) => join(root, 'sys/fs/cgroup', group, 'memory.events')),
  ];
  const cgroup =
    places
      .values()
      .map((file) => countIn(textOf(file)))
      .find((count) => count !== null) ?? null;
  return { cgroup, machine: countIn(textOf(join(root, 'proc/vmstat'))) };
}

/** Notes them, as they were before a launch, in its state folder. A courtesy: nothing depends on it. Never throws. */
export async function noteOomKills(state: string, kills: OomKills): Promise<void> {
  await writeFile(join(state, FILE), JSON.stringify(kills), { mode: 0o600 }).catch(() => {});
}

/** Whether the kernel has killed for memory since they were noted, as text; null when it has not, or nothing is known. */
export async function oomSince(state: string, root = '/'): Promise<string | null> {
  const noted = await readNoted(state);
  if (noted === null) return null;
  const { cgroup, machine } = readOomKills(root);
  if (isMore(cgroup, noted.cgroup)) return "out of memory: the kernel killed for it in this server's control group";
  return isMore(machine, noted.machine) ? 'out of memory: the kernel killed for it on this machine' : null;
}

const isMore = (now: number | null, then: number | null): boolean => now !== null && then !== null && now > then;

async function readNoted(state: string): Promise<OomKills | null> {
  try {
    const text = await readFileIfExists(join(state, FILE));
    return text === null ? null : parseNote(text, oomKillsSchema);
  } catch {
    return null;
  }
}

function countIn(text: string): number | null {
  const count = /^oom_kill (\d{1,15})$/m.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
