import type { JobInfo } from '../../../../client/index.ts';
import { ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';

/** Lines that are shown, and characters of each. */
const LINES = 12;
const LINE_MOST = 500;

/** The end of a log, kept fresh while the job runs. @param task of a split job the task whose log is meant. @param known it, where it is known already. */
export function LastLines({
  job,
  task,
  known = null,
}: {
  job: JobInfo;
  task?: string | undefined;
  known?: string | null;
}) {
  const { client } = useLive();
  const isKnown = known !== null && known.trim() !== '';
  const { value, error, reload } = useResource(
    isKnown || job.log === null ? null : job.job_id,
    (signal) => client.log(job.job_id, { tail: LINES, task, signal }),
    { ...(job.status === 'running' && { every: 2_000 }), on: ({ job_id: id }) => id === job.job_id },
  );
  const text = isKnown ? known : value;
  if (text === null) return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={4} />;
  const lines = text.trimEnd().split('\n').slice(-LINES);
  if (lines.join('') === '') return <p class="quiet-text">The log is empty.</p>;
  return <pre class="lines">{lines.map(shortened).join('\n')}</pre>;
}

const shortened = (line: string): string => (line.length <= LINE_MOST ? line : `${line.slice(0, LINE_MOST)} …`);
