import { Hono } from 'hono';
import { type CallerAnswer, callerSchema } from '../../schemas/server/caller.ts';
import type { CallerEnv } from '../middleware/caller.ts';
import type { Operation } from '../operation.ts';

export const callerOperations: Operation[] = [
  {
    id: 'describeCaller',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/caller',
    summary: 'Say as which caller the server knows the sender of this request, and what it may do',
    answers: { 200: { description: 'The name and the role of the token that was sent', schema: callerSchema } },
  },
];

/** Says what a caller may do, so that a page need not offer what would be refused. */
export function callerRoutes({ isOpen }: { isOpen: boolean }) {
  return new Hono<CallerEnv>().get('/caller', (c) => {
    const { name, role } = c.get('caller');
    return c.json({ name, role, needs_token: !isOpen } satisfies CallerAnswer);
  });
}
