import type { HonoRequest } from 'hono';
import type { z } from 'zod';
import { invalidField, type Reading, readRequest } from '../schemas/errors/issues.ts';
import { findSyntaxFault } from './jsonSyntax.ts';
import { isJson } from './middleware/bodies.ts';

/** A body that was accepted, read by its schema and as it came. */
export type AcceptedBody<T> = Extract<Reading<T>, { ok: true }> & { body: unknown };

/** Reads the body of a request as JSON and by a schema. Throws nothing for what a client sent. */
export async function readBody<T extends z.ZodType>(
  request: HonoRequest,
  schema: T,
): Promise<AcceptedBody<z.output<T>> | Extract<Reading<never>, { ok: false }>> {
  const json = await readJson(request);
  if (!json.ok) return json;
  const reading = readRequest(schema, json.request);
  return reading.ok ? { ...reading, body: json.request } : reading;
}

async function readJson(request: HonoRequest): Promise<Reading<unknown>> {
  const bytes = await request.arrayBuffer();
  if (bytes.byteLength === 0) return refused(invalidField('missing', [], null));
  if (!isJson(request.header('content-type'))) {
    const msg =
      'Input should be a valid dictionary or object to extract fields from: send it as content-type application/json';
    return refused(invalidField('model_attributes_type', [], null, msg));
  }
  const text = decode(bytes);
  if (text === undefined)
    return refused(invalidField('json_invalid', [], null, 'JSON decode error: the body is not UTF-8'));
  const body = parse(text);
  return body.ok && body.request === null ? refused(invalidField('missing', [], null)) : body;
}

function parse(text: string): Reading<unknown> {
  try {
    return { ok: true, request: JSON.parse(text) };
  } catch {
    const fault = findSyntaxFault(text);
    if (fault.notFinite === null) {
      const msg = `JSON decode error: expected ${fault.expected} at position ${fault.position}`;
      return refused(invalidField('json_invalid', [fault.position], null, msg));
    }
    const [field = 'body'] = fault.path;
    const msg = `\`${field}\` should be a finite number: JSON has no ${fault.notFinite}`;
    return refused(invalidField('finite_number', fault.path, fault.notFinite, msg));
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: ArrayBuffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function refused(...detail: Extract<Reading<never>, { ok: false }>['detail']): Reading<never> {
  return { ok: false, detail };
}
