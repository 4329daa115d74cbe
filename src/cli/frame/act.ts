import type { ActInput } from '../../client/jobs.ts';
import type { ActedJob, JobActionsAnswer } from '../../schemas/job/jobActions.ts';
import { shortId } from '../../text/jobs.ts';
import type { Context } from './context.ts';
import { type ExitCode, exitCodes, UsageError } from './exitCodes.ts';
import { resolveIds } from './ids.ts';

/** Jobs that one request acts on at most. */
const AT_A_TIME = 1_000;

type Action = Pick<ActInput, 'action' | 'priority' | 'missing' | 'dry_run'>;

/**
 * Does the same to the jobs that words name, and prints what became of each. Jobs that a label names are counted in a
 * question before. @returns whether none was refused. @throws UsageError, ClientError
 */
export async function act(context: Context, words: readonly string[], action: Action): Promise<ExitCode> {
  const client = await context.client();
  const ids = await resolveIds(context, words);
  const isSelection = words.some((word) => word.startsWith('label:'));
  if (isSelection && !action.dry_run && !(await context.confirm(`${action.action} ${countOf(ids.length)}?`))) {
    throw new UsageError('Nothing was changed');
  }
  const answers: JobActionsAnswer[] = [];
  for (let from = 0; from < ids.length; from += AT_A_TIME) {
    const part = ids.slice(from, from + AT_A_TIME);
    answers.push(await client.act({ ...action, ids: part }, { signal: context.signal, timeout: null }));
  }
  const jobs = answers.flatMap((answer) => answer.jobs);
  await context.show<ActedJob>({
    rows: jobs,
    columns: [
      { name: 'id', of: ({ job_id }) => shortId(job_id) },
      {
        name: 'outcome',
        of: ({ outcome }) => outcome,
        color: ({ outcome }) => (outcome === 'refused' ? 'red' : outcome === 'done' ? 'green' : undefined),
      },
      { name: 'new', of: ({ new_job_id }) => new_job_id, ...(action.action !== 'retry' && { wide: true as const }) },
      { name: 'note', of: ({ error }) => error, cut: true },
    ],
    name: ({ job_id, new_job_id }) => new_job_id ?? job_id,
    document: () => joined(answers),
  });
  if (action.dry_run) context.say('Nothing was changed: --dry-run.');
  return jobs.some(({ outcome }) => outcome === 'refused') ? exitCodes.failed : exitCodes.ok;
}

const countOf = (jobs: number): string => (jobs === 1 ? '1 job' : `${jobs} jobs`);

/** The answers to the parts of a list as one. */
function joined(answers: readonly JobActionsAnswer[]): JobActionsAnswer | null {
  const [first] = answers;
  if (first === undefined) return null;
  const sum = (of: keyof JobActionsAnswer['counts']) => answers.reduce((all, { counts }) => all + counts[of], 0);
  const counts = { done: sum('done'), already: sum('already'), refused: sum('refused') };
  return { ...first, jobs: answers.flatMap(({ jobs }) => jobs), counts };
}
