import { z } from 'zod';

/**
 * The texts that `readTime` reads, without flags and with every limit, as JSON Schema has it. Narrower by what no clock
 * shows: 24:00.
 */
export const timePattern =
  /^\s*(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([Tt ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?([Zz]|[+ -]([01]\d|2[0-3]):?[0-5]\d)?)?|\d{1,12}(\.\d*)?)\s*$/;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The day that was written last. `toISOString` takes longer than all else that shows a job, and most times are of one day. */
let lastDay = { day: 0, date: '1970-01-01' };

/** @param ms milliseconds since 1970 UTC. Returns ISO 8601 with offset: `2026-11-24T02:06:04.123+00:00`. */
export function formatTime(ms: number): string {
  const at = Math.trunc(ms);
  const day = Math.floor(at / DAY);
  if (day !== lastDay.day) lastDay = { day, date: new Date(day * DAY).toISOString().split('T', 1).join() };
  const time = at - day * DAY;
  const [hours, minutes] = [digits(time / HOUR, 2), digits((time % HOUR) / MINUTE, 2)];
  return `${lastDay.date}T${hours}:${minutes}:${digits((time % MINUTE) / SECOND, 2)}.${digits(time % SECOND, 3)}+00:00`;
}

const digits = (value: number, count: number): string => String(Math.floor(value)).padStart(count, '0');

const iso = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:(Z)|([+ -])(\d\d):?(\d\d))?)?$/i;

/**
 * Reads a time: ISO 8601, UTC where it names no offset, or seconds since 1970. A "+" may have become a space: so a query
 * is read. @returns milliseconds since 1970; undefined when it is no time.
 */
export function readTime(text: string): number | undefined {
  const trimmed = text.trim();
  const [isIso, date, time = '00:00', , sign = '+', hours = '00', minutes = '00'] = iso.exec(trimmed) ?? [];
  const seconds = /^\d+(\.\d*)?$/.test(trimmed) ? Number(trimmed) : Number.NaN;
  const at = isIso
    ? Date.parse(`${date}T${time}${sign === ' ' ? '+' : sign}${hours}:${minutes}`)
    : new Date(seconds * 1_000).getTime();
  return Number.isNaN(at) ? undefined : at;
}

/** A point in time as clients see it. */
export const timeSchema = z
  .string()
  .meta({ format: 'date-time' })
  .describe('ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00');
