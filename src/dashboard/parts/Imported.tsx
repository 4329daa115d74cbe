import type { JobInfo } from '../../client/index.ts';

/** Marks a job that evald did not run itself; nothing of any other. */
export function Imported({ imported }: Pick<JobInfo, 'imported'>) {
  if (imported === null) return null;
  return (
    <span class="badge" title={`Results of an earlier run, read from ${imported}: evald did not run it`}>
      imported
    </span>
  );
}
