import { createHash } from 'node:crypto';
import { ClientError } from '../../client/errors.ts';
import type { SubmissionInput } from '../../client/jobs.ts';
import type { SubmitAnswer } from '../../schemas/submission/submission.ts';
import { shortId } from '../../text/jobs.ts';
import type { Context } from '../frame/context.ts';
import { type ExitCode, exitCodes, UsageError } from '../frame/exitCodes.ts';
import { text, texts, toggle } from '../frame/flag.ts';
import { resolveIds } from '../frame/ids.ts';
import { headline, jobColumns } from '../frame/jobColumns.ts';
import { showDryRuns } from '../submission/dryRun.ts';
import { bodyOf, fieldFlags, merged } from '../submission/fields.ts';
import { readSubmissions } from '../submission/readFile.ts';
import { type Body, sweep } from '../submission/sweep.ts';
import { defineVerb } from './verb.ts';

/** Jobs from which on a sweep is asked about. */
const MANY = 100;

const flags = {
  file: text('FILE', 'submissions as YAML or JSON, - for standard input', { short: 'f' }),
  sweep: texts('FIELD=VALUES', 'a job for each value of a list, or match of a glob'),
  ...fieldFlags,
  watch: toggle('see them run until they have ended; exit code as with --wait', { brief: true }),
  wait: toggle('wait for the end; exit code 1 unless all completed', { short: 'w' }),
  dryRun: toggle('check, and say what would run; nothing is queued'),
  idempotencyKey: text('KEY', '', { brief: true }),
};

export const verb = defineVerb({
  usage: '[MODEL TASK…] [OPTIONS]',
  words: [0, 1_000],
  about: 'Queues evaluations, and prints their ids. Each field of the API is a flag.',
  examples: [
    'evald submit qwen2_5_vl mmmu_val -a pretrained=/ckpt/step-100 --wait',
    "evald submit vllm mmmu --sweep 'model_args.pretrained=ckpt/step-*'",
  ],
  flags,
  output: true,
  format: 'name',
  async run(context, [model, ...tasks], given) {
    const { signal, say } = context;
    const words: Body = { ...(model !== undefined && { model }), ...(tasks.length > 0 && { tasks }) };
    const after = given.after.length === 0 ? [] : await resolveIds(context, given.after);
    const own = { ...words, ...bodyOf(given, after) };
    const files = given.file === undefined ? [{}] : await readSubmissions(given.file);
    const bodies = files.flatMap((file) => sweep(merged(file, own), given.sweep));
    if (bodies.some((body) => body['model'] === undefined || body['tasks'] === undefined)) {
      throw new UsageError('submit: MODEL and TASK are missing', 'evald submit MODEL TASK…, or -f FILE');
    }
    const client = await context.client();
    const keyOf = (body: Body) => {
      const key = given.idempotencyKey;
      // Each job of a sweep has a key of its own, by what it asks: it stays so when checkpoints are added.
      return key === undefined || bodies.length === 1 ? key : `${key}-${hashOf(body)}`;
    };
    if (given.dryRun) {
      await showDryRuns(context, bodies as SubmissionInput[], keyOf as (body: SubmissionInput) => string | undefined);
      return undefined;
    }
    if (bodies.length >= MANY && !(await context.confirm(`Queue ${bodies.length} jobs?`))) {
      throw new UsageError('Nothing was queued');
    }
    const isName = context.output.format === 'name';
    const answers: SubmitAnswer[] = [];
    try {
      for (const body of bodies) {
        const options = { signal, idempotencyKey: keyOf(body) };
        const answer = await client.submit(body as SubmissionInput, options);
        answers.push(answer);
        // At once: what was queued is known also when a later one is refused.
        if (isName) context.print(answer.job_id);
        for (const warning of answer.warnings) say(`evald: ${shortId(answer.job_id)}: ${warning}`);
      }
    } catch (error) {
      if (answers.length > 0) say(`${answers.length} of ${bodies.length} were queued.`);
      throw error;
    }
    if (context.terminal.isTalk) say(talk(answers));
    if (given.watch) {
      const { watchJobs } = await import('../watch/watchJobs.ts');
      const ids = answers.map(({ job_id }) => job_id);
      return watchJobs(context, ids, { isCompact: false, isStrict: true });
    }
    if (given.wait) return wait(context, answers);
    if (!isName) await showAnswers(context, answers);
    return undefined;
  },
});

const hashOf = (body: Body): string => createHash('sha256').update(JSON.stringify(body)).digest('hex').slice(0, 16);

function talk(answers: readonly SubmitAnswer[]): string {
  const [first] = answers;
  if (first === undefined) return 'Nothing was queued.';
  if (answers.length > 1) return `${answers.length} jobs are queued: evald queue.`;
  const { job_id, message } = first;
  return `${message}. evald watch ${shortId(job_id)}`;
}

async function showAnswers(context: Context, answers: readonly SubmitAnswer[]): Promise<void> {
  await context.show<SubmitAnswer>({
    rows: answers,
    columns: [
      { name: 'id', of: ({ job_id }) => shortId(job_id) },
      { name: 'status', of: ({ status }) => status },
      { name: 'ahead', of: ({ position_in_queue }) => position_in_queue, right: true },
      { name: 'job_id', of: ({ job_id }) => job_id, wide: true },
      { name: 'warnings', of: ({ warnings }) => warnings.join('; '), wide: true, cut: true },
    ],
    name: ({ job_id }) => job_id,
    document: () => (answers.length === 1 ? answers[0] : answers),
  });
}

/** Waits for the end of all of them, and says of each how it ended. Ctrl-C leaves the jobs alone. */
async function wait(context: Context, answers: readonly SubmitAnswer[]): Promise<ExitCode> {
  const { signal, say } = context;
  const client = await context.client();
  try {
    const { jobs } = await client.wait(
      answers.map(({ job_id }) => job_id),
      {
        signal,
        onJob: (job) => {
          if (job.completed_at === null) return;
          const what = job.status === 'completed' ? headline(job) : (job.error?.split('\n', 1)[0] ?? '');
          say(`${shortId(job.job_id)} ${job.status}${what === '' ? '' : `: ${what}`}`);
        },
        onConnection: (connection) => {
          if (connection.state === 'lost') say('The server is away; it is asked again.');
        },
      },
    );
    if (context.output.format !== 'name') {
      await context.show({
        rows: jobs,
        columns: jobColumns,
        name: ({ job_id }) => job_id,
        document: () => (jobs.length === 1 ? jobs[0] : jobs),
      });
    }
    return jobs.every(({ status }) => status === 'completed') ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (error instanceof ClientError && error.code === 'interrupted') say('The jobs go on: evald queue.');
    throw error;
  }
}
