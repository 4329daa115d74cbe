import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import { METHOD_NAME_ALL } from 'hono/router';
import { EvaldError } from '../../schemas/errors/errors.ts';
import type { JobInfo } from '../../schemas/job/job.ts';
import { includesRole, type Role } from '../../schemas/server/token.ts';
import type { Operation } from '../operation.ts';
import type { Caller } from './caller.ts';
import type { Check } from './requestChecks.ts';

/**
 * Refuses what the caller's role does not include. What a route needs is said where it is described, and nowhere else; a
 * route that is not described needs the most. What no route takes is open to every role: it is answered 404 or 405.
 * @throws EvaldError `forbidden`, from the check.
 */
export function authorize(operations: readonly Pick<Operation, 'method' | 'path' | 'role'>[]): Check {
  const roles = new Map<string, Role | null>(operations.map(({ method, path, role }) => [`${method} ${path}`, role]));
  return (c) => {
    const caller = c.get('caller');
    // The most is always enough.
    if (caller.role !== 'admin') {
      const operation = operationOf(c);
      const described = operation === null ? 'read' : roles.get(operation);
      const needed = described === undefined ? 'admin' : described;
      if (needed !== null && !includesRole(caller.role, needed))
        throw tooLow(caller, `${c.req.method} ${c.req.path}`, needed);
    }
    return null;
  };
}

/**
 * Refuses to touch the job of another process to whom does not have the role `admin`.
 * @param find looks the job up. @param what is to be done to it: `cancel it`.
 * @throws EvaldError `forbidden` that says whose it is, or what `find` throws.
 */
export function requireOwn(caller: Caller, find: () => JobInfo, what: string): void {
  if (caller.role === 'admin') return;
  const { job_id, submitted_by } = find();
  if (submitted_by !== null && submitted_by === caller.name) return;
  const whose = submitted_by === null ? 'was submitted by no one that is known' : `was submitted by ${submitted_by}`;
  throw new EvaldError(
    'forbidden',
    `Job ${job_id} ${whose}: to ${what} it takes the role admin, and ${caller.name} has ${caller.role}`,
  );
}

/** Whether a request is for what needs no token. */
export function needsNoToken(operations: readonly Operation[]): (c: Context) => boolean {
  const open = new Set(operations.filter(({ role }) => role === null).map(({ method, path }) => `${method} ${path}`));
  return (c) => open.has(operationOf(c) ?? '');
}

function tooLow({ name, role }: Caller, what: string, needed: Role): EvaldError {
  return new EvaldError('forbidden', `${what} needs the role ${needed}, and ${name} has ${role}`);
}

/** What a request asks for, as operations are named; null when no route takes it. HEAD is taken by GET. */
export function operationOf(c: Context): string | null {
  const route = matchedRoutes(c).find(({ method }) => method !== METHOD_NAME_ALL);
  return route === undefined ? null : `${route.method.toLowerCase()} ${describedPath(route.path)}`;
}

/** A route's path as OpenAPI writes it: `/jobs/:job_id` is `/jobs/{job_id}`. */
export function describedPath(path: string): string {
  return path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}');
}
