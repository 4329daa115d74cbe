import type { JobInfo } from '../../schemas/job/job.ts';
import { attemptText, partText } from '../../text/parts.ts';
import { scoreText } from '../../text/scores.ts';
import { ago, span } from '../../text/times.ts';
import { type Field, showFields } from '../frame/fields.ts';
import { resolveIds } from '../frame/ids.ts';
import { jobColor, jobColumns, labelText, noteOf } from '../frame/jobColumns.ts';
import { defineVerb } from './verb.ts';

export const verb = defineVerb({
  usage: 'ID… [OPTIONS]',
  words: [1, 10_000],
  about:
    'Shows all about a job: its state, what it waits for, how far it is, why it failed, its scores. Of several jobs a row each.',
  examples: ['evald show @last', 'evald show 3f0c4b1e -o json | jq .metrics', 'evald show label:run=r7 -o wide'],
  flags: {},
  output: true,
  async run(context, words) {
    const client = await context.client();
    const jobs: JobInfo[] = [];
    for (const id of await resolveIds(context, words)) jobs.push(await client.job(id, { signal: context.signal }));
    const [job] = jobs;
    const { format, columns } = context.output;
    const isCard = jobs.length === 1 && job !== undefined && columns === undefined;
    if (isCard && ['table', 'json', 'md'].includes(format)) {
      await showFields(context, { document: job, name: job.job_id, fields: fieldsOf(job) });
    } else await context.show<JobInfo>({ rows: jobs, columns: jobColumns, name: ({ job_id }) => job_id });
    return undefined;
  },
});

function fieldsOf(job: JobInfo): Field[] {
  const { request, metrics, partial_metrics, progress } = job;
  const args = Object.entries(request.model_args ?? {}).map(([name, value]) => `${name}=${text(value)}`);
  const rest = Object.entries(request).filter(
    ([name, value]) => !['model', 'tasks', 'model_args'].includes(name) && value !== null,
  );
  const scores = Object.entries(metrics ?? partial_metrics ?? {}).flatMap(([task, row]) =>
    Object.entries(row).map(
      ([metric, { value, stderr, n }]): Field => [
        metrics === null ? 'partial' : 'score',
        `${task} ${metric} ${scoreText({ value, stderr }, ' ±')}${n === null ? '' : ` n=${n}`}`,
      ],
    ),
  );
  return [
    ['job', job.job_id],
    ['status', job.status, jobColor(job)],
    ['failure', job.failure_kind, 'red'],
    ...(job.error?.trimEnd().split('\n') ?? []).map((line, index): Field => [index === 0 ? 'error' : ' ', line]),
    ...(job.completed_at === null ? [['note', noteOf(job)] as const] : []),
    ['harness', job.harness],
    ['model', request.model],
    ['tasks', request.tasks.join(', ')],
    ['model args', args.join(', ')],
    ['options', rest.map(([name, value]) => `${name}=${text(value)}`).join(', ')],
    ['labels', labelText(job.labels)],
    ['priority', job.priority],
    ...scores,
    ['progress', progress && `${progress.phase} ${progress.done}/${progress.total}, ${Math.round(progress.percent)} %`],
    [
      'submitted',
      `${job.created_at} (${ago(job.created_at)})${job.submitted_by === null ? '' : ` by ${job.submitted_by}`}`,
    ],
    ['started', job.started_at],
    ['ended', job.completed_at],
    ['ran', job.duration_seconds === null ? null : span(job.duration_seconds)],
    ['may start', job.status === 'queued' ? ago(job.expected_start_at) : null],
    ['may end', ago(job.expected_end_at)],
    ['stop asked', job.stop_requested?.at],
    ['log', job.log],
    ...job.attempts.map((attempt): Field => ['attempt', attemptText(attempt)]),
    ...(job.parts ?? []).map((part): Field => ['part', partText(part)]),
    ['imported', job.imported],
    ['retry of', job.retry_of],
    ['retries', job.retries.join(', ')],
    ...job.warnings.map((warning): Field => ['warning', warning, 'magenta']),
  ];
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
