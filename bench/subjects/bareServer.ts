import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';

/** The ceiling of every route: Hono on the same adapter with nothing behind it. The port is its argument. */
const app = new Hono()
  .get('/health', (c) => c.json({ status: 'healthy' }))
  .get('/jobs/:job_id', (c) => c.json({ job_id: c.req.param('job_id'), status: 'queued' }))
  .post('/evaluate', async (c) => {
    const { model, tasks } = await c.req.json();
    return c.json({ model, tasks, status: 'queued' });
  });

createAdaptorServer({ fetch: app.fetch }).listen(Number(process.argv[2]), '127.0.0.1');
