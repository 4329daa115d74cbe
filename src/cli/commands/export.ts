import type { JobInfo } from '../../schemas/job/job.ts';
import { type Score, scoresOf } from '../../text/scores.ts';
import { choice, duration, text } from '../frame/flag.ts';
import { resolveIds } from '../frame/ids.ts';
import { labelText } from '../frame/jobColumns.ts';
import { scoreColumns } from '../frame/scores.ts';
import { defineVerb } from './verb.ts';

type Row = Score & { job: JobInfo };

export const verb = defineVerb({
  usage: '[ID…] [OPTIONS]',
  words: [0, 10_000],
  about:
    'Prints the scores of many jobs as one long table, a row a number, with what they were asked: CSV, if -o says nothing else. Without ID those of all completed jobs that are kept. JSON is the jobs as the API has them.',
  examples: ['evald export --label run=r7 > r7.csv', 'evald export @last -o jsonl'],
  flags: {
    model: text('NAME', 'only jobs of this model', { short: 'm' }),
    task: text('NAME', 'only jobs whose request names this task', { short: 't' }),
    label: text('K=V', 'only jobs with this label', { short: 'l' }),
    since: duration('AGE', 'only jobs of the last 90s, 15m, 2h, 7d'),
    status: choice(['completed', 'failed'], 'completed if left out; failed: what was measured before', {
      short: 's',
      value: 'STATE',
    }),
  },
  output: true,
  format: 'csv',
  async run(context, words, { model, task, label, since, status = 'completed' }) {
    const { signal } = context;
    const client = await context.client();
    const ids = words.length === 0 ? null : await resolveIds(context, words);
    const filter = {
      ...{ model, task, status, limit: 500, order: 'oldest' as const },
      label: label?.replace('=', ':'),
      since: since === undefined ? undefined : String((Date.now() - since * 1_000) / 1_000),
    };
    async function* jobs(): AsyncGenerator<JobInfo> {
      if (ids === null) yield* client.allJobs(filter, { signal });
      else for (const id of ids) yield await client.job(id, { signal });
    }
    // What a program reads as JSON has its jobs whole.
    if (context.output.format === 'json' || context.output.format === 'jsonl') {
      await context.show<JobInfo>({ rows: jobs(), columns: [], name: ({ job_id }) => job_id });
      return undefined;
    }
    async function* rows(): AsyncGenerator<Row> {
      for await (const job of jobs()) {
        for (const score of scoresOf(job.metrics ?? job.partial_metrics ?? {})) yield { job, ...score };
      }
    }
    await context.show<Row>({
      rows: rows(),
      columns: [
        { name: 'job_id', of: ({ job }) => job.job_id },
        { name: 'model', of: ({ job }) => job.request.model },
        { name: 'pretrained', of: ({ job }) => textOf(job.request.model_args?.['pretrained']) },
        { name: 'labels', of: ({ job }) => labelText(job.labels) },
        ...scoreColumns<Row>(true),
        { name: 'partial', of: ({ job }) => job.metrics === null },
        { name: 'created_at', of: ({ job }) => job.created_at },
      ],
      name: ({ job, task, metric }) => `${job.job_id} ${task} ${metric}`,
    });
    return undefined;
  },
});

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
