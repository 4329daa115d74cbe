import type { JobInfo } from '../../../../client/index.ts';
import { samplesTask } from '../../../../schemas/results/samplesName.ts';
import { causeOf } from '../../../../text/jobs.ts';
import { Empty } from '../../../parts/Notes.tsx';

/** The tasks of which a job has samples. */
export function tasksOf({ result, partial_result: partial, request }: JobInfo): string[] {
  // Those that were asked for, in their order; then the tasks of groups.
  const ranks = new Map(request.tasks.map((task, at) => [task, at]));
  const rank = (task: string) => ranks.get(task) ?? ranks.size;
  return Object.values(result ?? partial ?? {})
    .flatMap(({ samples }) => samples)
    .map(samplesTask)
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

/** Why there are no samples. */
export function NoSamples({ job }: { job: JobInfo }) {
  const { status, request } = job;
  if (status === 'queued' || status === 'running') {
    return <Empty title="No samples yet">Samples are here as soon as the job has ended; now it is {status}.</Empty>;
  }
  if (status === 'cancelled') return <Empty title="There are no samples">The job was cancelled before it ran.</Empty>;
  if (status === 'failed') {
    return <Empty title="There are no samples">The job failed before it had saved any. {causeOf(job)}</Empty>;
  }
  return (
    <Empty title="There are no samples">
      {request.log_samples
        ? 'The harness saved none.'
        : 'The job was asked to log none (log_samples: false). Repeat it with samples to see them.'}
    </Empty>
  );
}
