import { readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import type { JsonValue } from '../schemas/values/json.ts';

/** The setting under which a journal keeps the last point of its time. */
export const TIMELINE = 'timeline';

const pointSchema = z.object({
  at: z.number().describe("Milliseconds of the journal's own time"),
  boot: z.string().nullable().describe('The boot of the machine in which the next figure is meant; null: not known'),
  uptime: z.number().describe('Milliseconds since that boot, at the same moment'),
});

/** A moment in a journal's own time, and by what a later process can tell how long ago it was. */
export type TimePoint = z.infer<typeof pointSchema>;

/** By what the machine tells how much time has passed; none of it is the wall clock. */
export type MachineTime = {
  /** Names this boot; null where the system does not say. */
  boot: string | null;
  /** Milliseconds since the boot, those in which the machine slept included. */
  uptime(): number;
  /** Milliseconds since this process began. */
  monotonic(): number;
};

export type Timeline = {
  /** The journal's own time, in milliseconds. */
  monotonic(): number;
  /** The present, to be kept. */
  point(): TimePoint;
};

/**
 * Goes on with a journal's time from where it was left. What has passed since is taken from the machine's uptime, if it has
 * not been booted meanwhile. Otherwise nothing measures it, and it is not counted: limits and retention then hold a little
 * longer, and a clock that is wrong while a machine starts deletes nothing and ends nothing.
 * @param kept the point that was kept last; anything else counts as none. @param least a time that is on record: no present is
 * before it.
 */
export function openTimeline(
  kept: JsonValue | undefined,
  least: number,
  machine: MachineTime = thisMachine(),
): Timeline {
  const { data: last } = pointSchema.safeParse(kept);
  const isSameBoot = last !== undefined && last.boot !== null && last.boot === machine.boot;
  const passed = isSameBoot ? Math.max(0, machine.uptime() - last.uptime) : 0;
  const offset = Math.max(least, (last?.at ?? 0) + passed) - machine.monotonic();
  // Whole milliseconds, as they are kept.
  const monotonic = () => Math.floor(offset + machine.monotonic());
  return { monotonic, point: () => ({ at: monotonic(), boot: machine.boot, uptime: machine.uptime() }) };
}

/** Goes on with the time of a journal. */
export function timelineOf(database: DatabaseSync): Timeline {
  const row = database.prepare('SELECT value FROM settings WHERE name = ?').get(TIMELINE);
  return openTimeline(row && JSON.parse(String(row['value'])), lastRecorded(database));
}

/** Events that are looked at for the last time on record: not all of them have one. */
const LAST_EVENTS = 1_000;

/** The last time on record; 0 when there is none. */
function lastRecorded(database: DatabaseSync): number {
  const last = database.prepare(
    'SELECT max(monotonic) AS at FROM (SELECT monotonic FROM events ORDER BY number DESC LIMIT ?)',
  );
  return Number(last.get(LAST_EVENTS)?.['at'] ?? 0);
}

/** As Linux tells it. */
function thisMachine(): MachineTime {
  const uptime = () => Number.parseFloat(readFileSync('/proc/uptime', 'latin1')) * 1_000;
  try {
    uptime();
    return { boot: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(), uptime, monotonic };
  } catch {
    return { boot: null, uptime: () => 0, monotonic };
  }
}

const monotonic = (): number => performance.now();
