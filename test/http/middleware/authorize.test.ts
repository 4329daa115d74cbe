import { Hono } from 'hono';
import { describe, expect, test } from 'vitest';
import { operations } from '../../../src/http/app.ts';
import { answerError } from '../../../src/http/errors.ts';
import { authorize } from '../../../src/http/middleware/authorize.ts';
import type { CallerEnv } from '../../../src/http/middleware/caller.ts';
import { requestChecks } from '../../../src/http/middleware/requestChecks.ts';
import { type Role, roleSchema } from '../../../src/schemas/server/token.ts';

test('reading needs read, by a body too where a query is too small for it, changing the queue for all needs admin, and every other change needs submit', () => {
  const needing = (role: Role) =>
    operations.filter((operation) => operation.role === role).map(({ method, path }) => `${method} ${path}`);
  expect(needing('read').filter((name) => !name.startsWith('get '))).toEqual(['post /gate']);
  expect(new Set(needing('submit'))).toEqual(
    new Set([
      'post /evaluate',
      'post /imports',
      'patch /jobs/{job_id}',
      'delete /jobs/{job_id}',
      'post /jobs/{job_id}/stop',
      'post /jobs/{job_id}/retry',
      'post /jobs/actions',
      'post /hooks/checkpoint',
      'post /merge',
    ]),
  );
  expect(new Set(needing('admin'))).toEqual(new Set(['post /queue/pause', 'post /queue/resume']));
});

describe('a route', () => {
  const asked = async (role: Role, path: string, method = 'GET') => {
    const app = new Hono<CallerEnv>()
      .use(async (c, next) => {
        c.set('caller', { name: 'alice', role, secrets: [] });
        await next();
      })
      .use(requestChecks(authorize([{ method: 'get', path: '/a/{name}/{rest}', role: 'submit' }])))
      .get('/a/:name/:rest{.+}', (c) => c.text('a'))
      .get('/b', (c) => c.text('b'))
      .onError(answerError(() => {}));
    return (await app.request(path, { method })).status;
  };

  test('a route needs the role of its description, whatever its parameters are', async () => {
    for (const path of ['/a/x/y', '/a/x/y/z', '/a/%2f..%2f/y']) {
      expect(await asked('read', path)).toBe(403);
      expect(await asked('read', path, 'HEAD')).toBe(403);
      expect(await asked('submit', path)).toBe(200);
    }
  });

  test('a route without a description needs the highest role', async () => {
    for (const role of roleSchema.options) expect(await asked(role, '/b')).toBe(role === 'admin' ? 200 : 403);
  });

  test('a route that does not exist needs no role', async () => {
    expect(await asked('read', '/c')).toBe(404);
  });
});
