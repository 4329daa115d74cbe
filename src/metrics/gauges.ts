import { Gauge, type Registry } from 'prom-client';
import type { SchedulerMetrics } from '../projections/metrics.ts';

/** What is read when metrics are asked for. */
export type Sources = {
  scheduler: { getMetrics(): SchedulerMetrics };
  /** Those that evald and its runs write to, of which it is known soon. Never throws. */
  disks: { look(): Promise<readonly { name: string; free: number; size: number; freeFiles: number | null }[]> };
  /** Bytes that disks are to have free (`--min-free`). */
  minFree: number;
  /** Bytes of the journal. Asked while it has not answered, it is asked once. */
  journalBytes(): Promise<number>;
  /** What never changes while the server runs. */
  build: { version: string; harness: string; backend: string };
};

/** Milliseconds that a disk may take to say how large the journal is. */
const PATIENCE = 2_000;

/** Makes a gauge of each thing that has a value now. @returns reads them all; to be called before each answer. */
export function createGauges(registry: Registry, { scheduler, disks, minFree, journalBytes, build }: Sources) {
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const labelled = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers });

  labelled('evald_build_info', 'The server: always 1', 'version', 'harness', 'backend').set(build, 1);
  gauge('evald_disk_min_free_bytes', 'Bytes that disks must have free for another run (--min-free)').set(minFree);
  const depth = gauge('evald_queue_depth', 'Jobs that wait');
  const limit = gauge('evald_queue_limit', 'Jobs that may wait (--max-queue)');
  const oldest = gauge(
    'evald_queue_oldest_seconds',
    'Time for which the job that came first has waited; 0: none waits',
  );
  const slots = gauge('evald_slots', 'Runs at a time, at most');
  const busySlots = gauge('evald_slots_busy', 'Slots that a run has');
  const devices = labelled('evald_devices', 'Devices that are handed out to runs, by their pool', 'pool');
  const busyDevices = labelled('evald_devices_busy', 'Devices that a run has, by their pool', 'pool');
  const blocked = gauge('evald_dispatch_blocked', '1 while nothing is started by a fault of the server or its engine');
  const paused = gauge('evald_dispatch_paused', '1 while nothing is started because the queue was paused');
  const open = gauge('evald_intake_open', '1 while jobs are taken');
  const writable = gauge('evald_journal_writable', '1 while the journal can be written');
  const journalSize = gauge(
    'evald_journal_size_bytes',
    'Bytes of the journal, those that are still to be moved into it too',
  );
  const free = labelled('evald_disk_free_bytes', 'Bytes that are free on the disk of a folder', 'folder');
  const size = labelled('evald_disk_size_bytes', 'Bytes of the disk of a folder', 'folder');
  const freeFiles = labelled('evald_disk_free_files', 'Files that the disk of a folder can still take', 'folder');
  // Not those that prom-client has ready: for the lag of the event loop they wake an idle process a hundred times a second.
  const resident = gauge('process_resident_memory_bytes', 'Memory of this process');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Memory of its objects');
  gauge('process_start_time_seconds', 'When this process began, in seconds since 1970').set(
    Math.round(performance.timeOrigin) / 1_000,
  );

  const readScheduler = (): void => {
    const { queue, slots: places, pools, ...states } = scheduler.getMetrics();
    depth.set(queue.depth);
    limit.set(queue.limit);
    oldest.set(queue.oldest / 1_000);
    slots.set(places.total);
    busySlots.set(places.busy);
    for (const { name: pool, total, busy } of pools) {
      devices.set({ pool }, total);
      busyDevices.set({ pool }, busy);
    }
    blocked.set(Number(states.isBlocked));
    paused.set(Number(states.isPaused));
    open.set(Number(states.takesJobs));
    writable.set(Number(states.isWritable));
  };
  const readDisks = async (): Promise<void> => {
    const [found, bytes] = await Promise.all([disks.look(), soon(journalBytes)]);
    // What a disk does not say now is absent, rather than what it said before.
    for (const one of [free, size, freeFiles]) one.reset();
    for (const disk of found) {
      const folder = disk.name;
      free.set({ folder }, disk.free);
      size.set({ folder }, disk.size);
      if (disk.freeFiles !== null) freeFiles.set({ folder }, disk.freeFiles);
    }
    journalSize.set(bytes);
  };

  return async (): Promise<void> => {
    await readDisks();
    readScheduler();
    const { rss, heapUsed } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
  };
}

/** What is asked of a disk; not a number when it does not answer soon. */
async function soon(ask: () => Promise<number>): Promise<number> {
  const late = Promise.withResolvers<number>();
  const timer = setTimeout(() => late.resolve(Number.NaN), PATIENCE).unref();
  return Promise.race([ask(), late.promise]).finally(() => clearTimeout(timer));
}
