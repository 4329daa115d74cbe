import { execFileSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { UnavailableError } from '../../../src/machines/ports/runner.ts';
import { createDisks, type Disk, shortageOf, startedWithRoom } from '../../../src/runner/folders/disks.ts';
import { skipWithout, smallFilesystem } from '../../support/needs.ts';
import { controlledRuns } from '../../support/runs/controlledRuns.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const GIB = 2 ** 30;
const disk: Disk = { name: 'data', folder: '/data', free: 2 * GIB, size: 8 * GIB, freeFiles: 5_000 };

test('a disk is short of bytes, or of files that it can take, or of neither', () => {
  expect(shortageOf(disk, GIB)).toBeNull();
  expect(shortageOf({ ...disk, free: GIB }, GIB)).toBeNull();
  expect(shortageOf({ ...disk, free: GIB - 1 }, GIB)).toBe(
    'the disk of the data folder /data has 1023.9 MiB free, and a run is started with 1 GiB or more (--min-free); make room there, or set a smaller --min-free',
  );
  expect(shortageOf({ ...disk, freeFiles: 999 }, GIB)).toBe(
    'the disk of the data folder /data can take 999 more files, and a run is started with room for 1000 or more; delete some there, or set --min-free 0',
  );
  // Such a file system makes room for files as they come.
  expect(shortageOf({ ...disk, freeFiles: null }, GIB)).toBeNull();
});

test('a disk with too few files left is seen, each folder of two is looked at, and with 0 nothing is asked for', async (context) => {
  skipWithout(smallFilesystem, context);
  const data = await temporaryFolder();
  const runs = join(data, 'runs');
  await mkdir(runs);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,nr_inodes=500', 'tmpfs', runs]);
  onTestFinished(() => void execFileSync('umount', ['-l', runs]));
  const found = await createDisks({ data, runs }, 1).look();
  expect(found.map(({ name }) => name)).toEqual(['data', 'runs']);
  expect(found[1]).toMatchObject({ folder: runs, size: 8 * 2 ** 20 });
  expect(await createDisks({ data, runs }, 1).shortage()).toMatch(
    /^the disk of the runs folder \S+ can take 4\d\d more files, /,
  );
  expect(await createDisks({ data, runs }, 0).shortage()).toBeNull();
});

test('of a folder that is not there nothing is known: no run is kept back for it', async () => {
  const disks = createDisks({ data: '/nosuch', runs: '/nosuch' }, Number.MAX_SAFE_INTEGER);
  expect(await disks.look()).toEqual([]);
  expect(await disks.shortage()).toBeNull();
});

test('a run that is to start on a disk without room is refused as by a fault of the server, before anything is made', async () => {
  const { runs } = controlledRuns();
  let fault: string | null = 'it is full';
  const prepared: unknown[] = [];
  const made = {
    ...runs,
    prepare: (job: Parameters<typeof runs.prepare>[0]) => {
      prepared.push(job);
      return runs.prepare(job);
    },
  };
  const guarded = startedWithRoom(made, { shortage: async () => fault });
  const job = { jobId: 'a' } as Parameters<typeof runs.prepare>[0];
  await expect(guarded.prepare(job)).rejects.toThrow(new UnavailableError('it is full'));
  await expect(guarded.probe()).rejects.toThrow(new UnavailableError('it is full'));
  expect(prepared).toEqual([]);
  fault = null;
  await guarded.prepare(job);
  await guarded.probe();
  expect(prepared).toEqual([job]);
});

test('a disk without room is reported at once, and not after the watch has ended', async () => {
  const { runs } = controlledRuns();
  const reported = Promise.withResolvers<string>();
  const end = startedWithRoom(runs, { shortage: async () => 'it is full' }).watchDisks?.(reported.resolve);
  expect(await reported.promise).toBe('it is full');
  end?.();
  const late: string[] = [];
  startedWithRoom(runs, { shortage: async () => 'it is full' }).watchDisks?.((reason) => late.push(reason))();
  await new Promise((resolve) => setImmediate(resolve));
  expect(late).toEqual([]);
});
