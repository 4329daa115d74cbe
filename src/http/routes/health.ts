import { Hono } from 'hono';
import type { EngineState } from '../../schemas/engine/engine.ts';
import { type Health, healthSchema } from '../../schemas/server/health.ts';
import { formatTime } from '../../schemas/values/time.ts';
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
      200: {
        description:
          'It takes jobs. Degraded, if none can be started, the engine that is to run them cannot be reached, or the server was held up or cannot read files',
        schema: healthSchema,
      },
      503: { description: 'Degraded: it answers, but takes no jobs', schema: healthSchema },
    },
  },
];

/** Says how the server is. */
export function healthRoutes({
  scheduler,
  about,
  engine,
  processFaults,
  now,
}: Pick<AppDependencies, 'scheduler' | 'about' | 'engine' | 'processFaults' | 'now'>) {
  return new Hono().get('/health', async (c) => {
    const state = await engine();
    const { queued, running, degraded } = scheduler.getHealth();
    const blocked = scheduler.getBlocked();
    const reasons = [
      ...[degraded, blocked && `nothing is started: ${blocked}`, unreachable(state)].filter(
        (reason) => reason !== null,
      ),
      ...processFaults(),
    ];
    const health: Health = {
      status: reasons.length === 0 ? 'healthy' : 'degraded',
      takes_jobs: degraded === null,
      timestamp: formatTime(now()),
      queue_size: queued,
      running_jobs: running,
      paused: scheduler.isPaused(),
      blocked,
      ...about,
      engine: state,
      reasons,
    };
    return c.json(health, degraded === null ? 200 : 503);
  });
}

/** The queue takes jobs all the same, so that a client that submits need not wait for the engine. */
function unreachable({ name, reachable, reason, down }: EngineState): string | null {
  if (reachable) return down === undefined ? null : `${name} begins nothing (${down}): jobs are taken, and wait`;
  return `${name} cannot be reached (${reason}): jobs are taken, and run when it can`;
}
