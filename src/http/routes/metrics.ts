import { Hono } from 'hono';
import type { AppDependencies } from '../dependencies.ts';
import type { Operation } from '../operation.ts';

export const metricsOperations: Operation[] = [
  {
    id: 'showMetrics',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/metrics',
    summary: 'Measure the server for Prometheus: jobs, waits, runs, failures, devices, disks, the journal, webhooks',
    answers: {
      200: {
        description: 'Metrics in the text format of Prometheus; docs/metrics.md lists them',
        media: 'text/plain',
        example: '# HELP evald_queue_depth Jobs that wait\n# TYPE evald_queue_depth gauge\nevald_queue_depth 3\n',
      },
    },
  },
];

/** Answers what is measured. */
export function metricsRoutes({ metrics }: Pick<AppDependencies, 'metrics'>): Hono {
  return new Hono().get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  );
}
