import { createComparisonCalls } from './comparisons.ts';
import { createEventCalls, createFeed } from './events.ts';
import { createHookCalls } from './hooks.ts';
import { createImportCalls } from './imports.ts';
import { createJobCalls } from './jobs.ts';
import { createLogCalls } from './log.ts';
import { type ClientOptions, createRequests } from './requests.ts';
import { createResultCalls } from './results.ts';
import { createScoreCalls } from './scores.ts';
import { createServerCalls } from './server.ts';
import { createWait } from './wait.ts';

/**
 * A client of one server, for Node and browsers. Every method throws `ClientError` and nothing else.
 * @throws TypeError when the server's address or the token cannot be one.
 * @example
 * const client = createClient({ server: 'http://localhost:8000' });
 * const { job_id } = await client.submit({ model: 'nearest-template', tasks: ['demo_digits'] });
 * const { jobs } = await client.wait(job_id);
 */
export function createClient(options: ClientOptions) {
  const requests = createRequests(options);
  const readFeed = createFeed(requests);
  return {
    ...createJobCalls(requests),
    ...createResultCalls(requests),
    ...createComparisonCalls(requests),
    ...createHookCalls(requests),
    ...createImportCalls(requests),
    ...createScoreCalls(requests),
    ...createLogCalls(requests),
    ...createEventCalls(requests, readFeed),
    ...createServerCalls(requests),
    wait: createWait(requests, readFeed),
  };
}

export type Client = ReturnType<typeof createClient>;
