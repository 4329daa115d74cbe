import type { HonoRequest } from 'hono';
import type { z } from 'zod';
import { type Reading, readRequest } from '../schemas/errors/issues.ts';

/** Named in warnings at most, so that an answer stays small whatever was sent. */
const MAX_NAMED = 20;

/** A query that was understood, and what was odd about it. */
export type ReadQuery<T> =
  | (Extract<Reading<T>, { ok: true }> & { warnings: string[] })
  | Extract<Reading<T>, { ok: false }>;

/** Reads the query of a request by a schema. Throws nothing for what a client sent. */
export function readQuery<T extends z.ZodObject>(request: HonoRequest, schema: T): ReadQuery<z.output<T>> {
  if (!request.url.includes('?')) return ofNothing(schema);
  const sent = request.queries();
  // As FastAPI does it: of several, the last one counts.
  const last = Object.fromEntries(Object.entries(sent).map(([name, values]) => [name, values.at(-1)]));
  const reading = readRequest(schema, last, 'query');
  return reading.ok ? { ...reading, warnings: oddities(sent, schema.shape) } : reading;
}

/** What a request without a query asks for: the same each time. */
function ofNothing<T extends z.ZodObject>(schema: T): ReadQuery<z.output<T>> {
  const known = withoutQuery.get(schema) as ReadQuery<z.output<T>> | undefined;
  if (known !== undefined) return known;
  const reading = readRequest(schema, {}, 'query');
  const read = reading.ok ? { ...reading, warnings: [] } : reading;
  // Everybody gets the same one.
  if (reading.ok) Object.freeze(reading.request);
  withoutQuery.set(schema, read);
  return read;
}

const withoutQuery = new WeakMap<z.ZodObject, ReadQuery<unknown>>();

function oddities(sent: Record<string, string[]>, known: object): string[] {
  const names = Object.keys(sent);
  const odd = names.flatMap((name) => {
    const shown = JSON.stringify(name.slice(0, 100));
    if (!Object.hasOwn(known, name)) return [`unknown query parameter ${shown} was ignored`];
    return (sent[name]?.length ?? 0) > 1
      ? [`query parameter ${shown} was sent more than once: the last one counts`]
      : [];
  });
  const more = odd.length - MAX_NAMED;
  return more > 0 ? [...odd.slice(0, MAX_NAMED), `${more} more query parameters were ignored`] : odd;
}
