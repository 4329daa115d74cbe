import { peerArguments, serve } from './serve.ts';

/** What is used of ioredis and BullMQ, which are not installed with evald. */
type Ioredis = { Redis: new (options: object) => object };
type BullMq = {
  Queue: new (name: string, options: object) => { add(name: string, data: object): Promise<{ id?: string }> };
};

const { port, socket, require } = peerArguments();
const { Redis }: Ioredis = require('ioredis');
const { Queue }: BullMq = require('bullmq');

const connection = new Redis({ path: socket, maxRetriesPerRequest: null });
const queue = new Queue('evaluations', { connection });
serve(port, async (body) => (await queue.add('evaluate', body)).id ?? '');
