import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { type Numbers, numbersOf } from './numbers.ts';

/** Milliseconds between an answer and the next question. */
const POLL = 10;
/** Seconds that a job gets. */
const LONGEST = 600;

const filesSchema = z.object({ results: z.string(), samples: z.array(z.string()) });
const jobSchema = z.object({
  job_id: z.string(),
  status: z.enum(['queued', 'running', 'completed', 'failed', 'cancelled']),
  started_at: z.string().nullable(),
  error: z.string().nullable(),
  result: z.record(z.string(), filesSchema).nullable(),
});

export type EndedJob = z.infer<typeof jobSchema>;

/** Seconds of the clock that all processes of a machine share. */
export const monotonic = () => Number(process.hrtime.bigint()) / 1e9;

/** A client of evald or of the original, over one connection. */
export type Client = {
  /** Submits a job. @returns its id. @throws when it is refused. */
  submit(body: object): Promise<string>;
  /** Asks until a job has ended. @throws when it did not complete, or takes too long. */
  completed(jobId: string): Promise<EndedJob>;
  /** The answer to a question. @throws when it is none of 200. */
  get(path: string): Promise<unknown>;
  close(): void;
};

export function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = async (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    const asked = request(`${url}${path}`, { method, agent, headers });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const said = await text(answer);
    if (answer.statusCode !== 200) throw new Error(`${method} ${path} of ${url}: ${answer.statusCode} ${said}`);
    return JSON.parse(said);
  };
  return {
    submit: async (body) => z.object({ job_id: z.string() }).parse(await ask('POST', '/evaluate', body)).job_id,
    completed: async (jobId) => {
      const deadline = monotonic() + LONGEST;
      for (;;) {
        const job = jobSchema.parse(await ask('GET', `/jobs/${jobId}`));
        if (job.status === 'completed') return job;
        if (job.status === 'failed' || job.status === 'cancelled')
          throw new Error(`a job of ${url} is ${job.status}: ${job.error}`);
        if (monotonic() > deadline) throw new Error(`a job of ${url} is ${job.status} after ${LONGEST} s`);
        await setTimeout(POLL);
      }
    },
    get: (path) => ask('GET', path),
    close: () => agent.destroy(),
  };
}

/** The numbers of a job that has completed, out of the files that its answer names. */
export async function numbersOfJob({ job_id, result }: EndedJob): Promise<Numbers> {
  const [files, ...others] = Object.values(result ?? {});
  if (files === undefined || others.length > 0) throw new Error(`job ${job_id} names no files, or several`);
  return numbersOf(files);
}
