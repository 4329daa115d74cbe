import type { InvalidRequest } from '../../schemas/errors/errorBody.ts';
import { readRequest } from '../../schemas/errors/issues.ts';
import { requestLimits } from '../../schemas/values/limits.ts';
import type { Operation } from '../operation.ts';
import { operationOf } from './authorize.ts';
import type { Check } from './requestChecks.ts';

/** No parameter of a shorter path can be too long. */
const SHORTEST_LIMIT = requestLimits.jobId;

/** Refuses a path with a parameter that is longer than its description allows. */
export function refuseLongPaths(operations: readonly Operation[]): Check {
  const described = new Map(operations.map((operation) => [`${operation.method} ${operation.path}`, operation]));
  return (c) => {
    if (c.req.path.length <= SHORTEST_LIMIT) return null;
    const { path, parameters } = described.get(operationOf(c) ?? '') ?? {};
    if (path === undefined || parameters === undefined) return null;
    const reading = readRequest(parameters, parametersIn(c.req.path, path), 'path');
    if (reading.ok) return null;
    // What is wrong with it otherwise its route says: there is no such job, no such file.
    const detail = reading.detail.filter(({ type }) => type === 'string_too_long');
    return detail.length === 0 ? null : c.json({ detail } satisfies InvalidRequest, 422);
  };
}

/** The parameters of a path; the last one has the rest of it, slashes included. @param template as OpenAPI writes it. */
function parametersIn(path: string, template: string): { [name: string]: string } {
  const names = template.split('/');
  const parts = path.split('/');
  const found = names.flatMap((name, at) => {
    const value = at === names.length - 1 ? parts.slice(at).join('/') : (parts[at] ?? '');
    return name.startsWith('{') ? [[name.slice(1, -1), decoded(value)] as const] : [];
  });
  return Object.fromEntries(found);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
