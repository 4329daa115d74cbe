import { z } from 'zod';

/** @param ms milliseconds since 1970 UTC. Returns ISO 8601 with offset: `2026-11-24T02:06:04.123+00:00`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '+00:00');
}

/** A point in time as clients see it. */
export const timeSchema = z
  .string()
  .meta({ format: 'date-time' })
  .describe('ISO 8601 with offset and milliseconds: 2026-11-24T02:06:04.123+00:00');
