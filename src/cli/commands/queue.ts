import type { JobInfo } from '../../schemas/job/job.ts';
import { ago } from '../../text/times.ts';
import { number } from '../frame/flag.ts';
import { jobColumns } from '../frame/jobColumns.ts';
import type { Column } from '../frame/output/listing.ts';
import { defineVerb } from './verb.ts';

const SHOWN = 30;
/** Jobs that are asked for at a time. */
const AT_A_TIME = 8;

const columns: readonly Column<JobInfo>[] = [
  ...jobColumns.filter(({ name }) => ['id', 'status', 'model', 'tasks', 'note'].includes(name)),
  {
    name: 'starts',
    of: ({ status, expected_start_at }) => (status === 'queued' ? ago(expected_start_at) : ''),
    right: true,
  },
  { name: 'ends', of: ({ expected_end_at }) => ago(expected_end_at), right: true },
  ...jobColumns.filter(({ wide }) => wide),
];

export const verb = defineVerb({
  usage: '[OPTIONS]',
  words: [0, 0],
  about:
    'Shows what runs, and what waits in the order in which it will be started. JSON is the queue as the API has it.',
  examples: ['evald queue', 'evald queue -o json | jq .queue_size'],
  flags: { limit: number('N', `so many waiting jobs at most; ${SHOWN} if left out`, { short: 'n' }) },
  output: true,
  async run(context, _, { limit = SHOWN }) {
    const { signal, say } = context;
    const client = await context.client();
    const queue = await client.queue({ signal });
    const { queued_jobs, running_jobs, pending_jobs, paused, blocked } = queue;
    const ids = [...running_jobs, ...queued_jobs.slice(0, limit)];
    // JSON has ids alone, and needs no jobs.
    const jobs = context.output.format === 'json' ? [] : await eachOf(ids, (id) => client.job(id, { signal }));
    await context.show<JobInfo>({
      rows: jobs,
      columns,
      name: ({ job_id }) => job_id,
      document: () => queue,
      empty: 'Nothing runs, and nothing waits.',
    });
    if (paused) say('The queue is paused: evald resume starts what waits.');
    if (blocked !== null) say(`Nothing can be started: ${blocked}`);
    if (pending_jobs > 0) say(`${pending_jobs} of those that run ${pending_jobs === 1 ? 'has' : 'have'} not begun.`);
    if (queued_jobs.length > limit) say(`${queued_jobs.length - limit} more wait: --limit N.`);
    return undefined;
  },
});

/** Asks for each, a few at a time. A job that was forgotten meanwhile is left out. */
async function eachOf(ids: readonly string[], ask: (id: string) => Promise<JobInfo>): Promise<JobInfo[]> {
  const found = new Map<string, JobInfo>();
  const left = ids.values();
  const one = async () => {
    for (const id of left) {
      const job = await ask(id).catch((error) => {
        if (error?.code === 'notFound') return null;
        throw error;
      });
      if (job !== null) found.set(id, job);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
  return ids.flatMap((id) => found.get(id) ?? []);
}
