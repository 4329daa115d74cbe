import { Hono } from 'hono';
import { type Health, healthSchema } from '../../schemas/health.ts';
import { formatTime } from '../../schemas/time.ts';
import type { AppDependencies } from '../dependencies.ts';
import type { Operation } from '../operation.ts';

export const healthOperations: Operation[] = [
  {
    id: 'showHealth',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/health',
    summary: 'Say whether the server can do its work',
    answers: {
      200: { description: 'Healthy', schema: healthSchema },
      503: { description: 'Degraded: it answers, but does not take or run jobs', schema: healthSchema },
    },
  },
];

/** Says how the server is. */
export function healthRoutes({ scheduler, about, now }: Pick<AppDependencies, 'scheduler' | 'about' | 'now'>) {
  return new Hono().get('/health', (c) => {
    const { queued, running, degraded } = scheduler.getHealth();
    const health: Health = {
      status: degraded === null ? 'healthy' : 'degraded',
      timestamp: formatTime(now()),
      queue_size: queued,
      running_jobs: running,
      paused: scheduler.isPaused(),
      ...about,
      reasons: degraded === null ? [] : [degraded],
    };
    return c.json(health, degraded === null ? 200 : 503);
  });
}
