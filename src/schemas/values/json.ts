import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

/** Any JSON value. */
export const jsonValueSchema: z.ZodType<JsonValue> = z.json();
