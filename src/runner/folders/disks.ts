import { statfs } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { type RunExecutor, UnavailableError } from '../../machines/ports/runner.ts';
import { shownMemory } from '../../schemas/values/memory.ts';
import { together } from '../python/askedOnce.ts';

/** A disk that evald or its runs write to, by the folder of theirs on it. */
export type Disk = {
  name: 'data' | 'runs';
  folder: string;
  /** Bytes that a user other than root may still write, and bytes that there are. */
  free: number;
  size: number;
  /** Files that can still be made; null where the file system makes room for them as they come. */
  freeFiles: number | null;
};

export type Disks = {
  /** Those of which it is known soon. A disk that hangs is not among them. Never throws. */
  look(): Promise<readonly Disk[]>;
  /** Why there is no room for another run; null: there is, or it is not known. Never throws. */
  shortage(): Promise<string | null>;
};

/** Files that a run may make, and its log, samples and notes among them: with fewer left it would fail half-way. */
const FEWEST_FILES = 1_000;
/** Milliseconds that a disk may take to say how full it is. */
const PATIENCE = 2_000;
/** Milliseconds from look to look while nothing is started. */
const LOOK_EVERY = 10_000;

/** The disks of the two folders. @param minFree bytes that each must have free for another run to be started; 0: any number. */
export function createDisks(folders: { data: string; runs: string }, minFree: number): Disks {
  const names = folders.runs === folders.data ? (['data'] as const) : (['data', 'runs'] as const);
  // A disk that hangs holds one thread that reads files, and no more.
  const asked = names.map((name) => together(() => diskOf(name, folders[name])));
  const look = async () => {
    const late = new AbortController();
    const nothing = pause(PATIENCE, null, { signal: late.signal, ref: false }).catch(() => null);
    const disks = await Promise.all(asked.map((ask) => Promise.race([ask().catch(() => null), nothing])));
    late.abort();
    return disks.filter((disk) => disk !== null);
  };
  return {
    look,
    shortage: async () => {
      if (minFree === 0) return null;
      const faults = (await look()).map((disk) => shortageOf(disk, minFree)).filter((fault) => fault !== null);
      return faults.length === 0 ? null : faults.join('; ');
    },
  };
}

async function diskOf(name: Disk['name'], folder: string): Promise<Disk> {
  const { bsize, bavail, blocks, files, ffree } = await statfs(folder);
  return { name, folder, free: bavail * bsize, size: blocks * bsize, freeFiles: files === 0 ? null : ffree };
}

/** What a disk is short of, as a text for the operator; null: nothing. Pure. */
export function shortageOf({ name, folder, free, freeFiles }: Disk, minFree: number): string | null {
  const where = `the disk of the ${name} folder ${folder}`;
  const remedy = 'make room there, or set a smaller --min-free';
  if (free < minFree) {
    return `${where} has ${shownMemory(free)} free, and a run is started with ${shownMemory(minFree)} or more (--min-free); ${remedy}`;
  }
  if (freeFiles === null || freeFiles >= FEWEST_FILES) return null;
  return `${where} can take ${freeFiles} more files, and a run is started with room for ${FEWEST_FILES} or more; delete some there, or set --min-free 0`;
}

/** The same runs, of which none is started while a disk has too little room. */
export function startedWithRoom(runs: RunExecutor, { shortage }: Pick<Disks, 'shortage'>): RunExecutor {
  const expectRoom = async () => {
    const fault = await shortage();
    if (fault !== null) throw new UnavailableError(fault);
  };
  return {
    ...runs,
    prepare: async (job) => {
      await expectRoom();
      return runs.prepare(job);
    },
    probe: async () => {
      await expectRoom();
      await runs.probe();
    },
    watchDisks: (report) => {
      let isOver = false;
      const look = async () => {
        const fault = await shortage();
        if (fault !== null && !isOver) report(fault);
      };
      void look();
      const looking = setInterval(() => void look(), LOOK_EVERY).unref();
      return () => {
        isOver = true;
        clearInterval(looking);
      };
    },
  };
}
