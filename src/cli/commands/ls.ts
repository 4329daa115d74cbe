import type { JobsFilter } from '../../client/jobs.ts';
import type { JobInfo, JobStatus } from '../../schemas/job/job.ts';
import { choice, duration, number, text, toggle } from '../frame/flag.ts';
import { jobColumns } from '../frame/jobColumns.ts';
import { defineVerb } from './verb.ts';

const statuses = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const satisfies readonly JobStatus[];
const LARGEST_PAGE = 500;
const USUAL = 50;

const flags = {
  status: choice(statuses, statuses.join(', '), { short: 's', value: 'STATE' }),
  model: text('NAME', 'only jobs of this model', { short: 'm' }),
  task: text('NAME', 'only jobs whose request names this task', { short: 't' }),
  label: text('K=V', 'only jobs with this label', { short: 'l' }),
  by: text('NAME', 'only jobs submitted with the token of this name'),
  since: duration('AGE', 'only jobs of the last 90s, 15m, 2h, 7d'),
  limit: number('N', `so many at most; ${USUAL} if left out`, { short: 'n' }),
  all: toggle('all that are kept', { short: 'a' }),
  oldest: toggle('the oldest first; else the newest'),
};

export const verb = defineVerb({
  usage: '[TEXT…] [OPTIONS]',
  words: [0, 16],
  about:
    'Lists jobs, the newest first. With TEXT only those in which each text occurs: in the model, a task, a label, an argument, the id, the error.',
  examples: ['evald ls --status failed --since 1d', 'evald ls step-12000 mmmu -o csv --columns id,status,labels.step'],
  flags,
  output: true,
  async run(context, words, { status, model, task, label, by, since, limit, all, oldest }) {
    const { signal } = context;
    const client = await context.client();
    const filter: JobsFilter & { q?: string | undefined } = {
      ...{ status, model, task, submitted_by: by },
      label: label?.replace('=', ':'),
      since: since === undefined ? undefined : String((Date.now() - since * 1_000) / 1_000),
      q: words.length === 0 ? undefined : words.join(' '),
      order: oldest ? 'oldest' : 'newest',
    };
    let next: string | null = null;
    const warnings = new Set<string>();
    async function* pages(): AsyncGenerator<JobInfo> {
      let left = all ? Number.POSITIVE_INFINITY : (limit ?? USUAL);
      let cursor: string | undefined;
      while (left > 0) {
        const page = await client.jobs({ ...filter, cursor, limit: Math.min(left, LARGEST_PAGE) }, { signal });
        yield* page.jobs;
        for (const warning of page.warnings) warnings.add(warning);
        left -= page.jobs.length;
        next = page.next_cursor;
        if (next === null) return;
        cursor = next;
      }
    }
    await context.show({
      rows: pages(),
      columns: jobColumns,
      name: ({ job_id }) => job_id,
      document: (jobs) => ({ jobs, next_cursor: next, warnings: [...warnings] }),
      empty: 'No jobs. `evald submit MODEL TASK…` queues one.',
    });
    for (const warning of warnings) context.say(`evald: ${warning}`);
    if (next !== null && !all && context.terminal.isOutput) context.say('There are more: --all, or --limit N.');
    return undefined;
  },
});
