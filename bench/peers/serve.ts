import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';

/**
 * The bare route, answering once a queue has taken the job.
 * @param add puts the body of a request into the queue. @returns the id of the job, when it is on the disk.
 */
export function serve(port: string, add: (body: object) => Promise<string>): void {
  const app = new Hono()
    .get('/health', (c) => c.json({ status: 'healthy' }))
    .post('/evaluate', async (c) => c.json({ job_id: await add(await c.req.json()), status: 'queued' }));
  createAdaptorServer({ fetch: app.fetch }).listen(Number(port), '127.0.0.1');
}

/** The arguments of a peer's server: its port, where its packages are installed, and where its store listens. */
export function peerArguments() {
  const [port = '', home = '', socket = ''] = process.argv.slice(2);
  return { port, socket, require: createRequire(join(home, 'package.json')) };
}
