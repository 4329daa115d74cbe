import { useEffect, useRef, useState } from 'preact/hooks';
import type { ClientError, JobInfo } from '../../../client/index.ts';
import { hasRole, mayDo } from '../../allowed.ts';
import { go, href } from '../../location.ts';
import { Confirm, Dialog } from '../../parts/Dialog.tsx';
import { JobActions } from '../../parts/JobActions.tsx';
import { ErrorNote } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useAction } from '../../state/useAction.ts';

/** Whether a failed job has results of some tasks, so that only the others need to be run again. */
const hasMissing = (job: JobInfo): boolean => job.status === 'failed' && job.partial_metrics !== null;

/** What this caller may do to a job as it is now. */
export function HeadActions({ job, onChanged }: { job: JobInfo; onChanged(): void }) {
  const { caller } = useLive();
  return (
    <>
      {mayDo('reprioritise', caller, job) && <Priority job={job} onChanged={onChanged} />}
      {hasMissing(job) && mayDo('retry', caller, job) && <RetryMissing job={job} />}
      <JobActions job={job} actions={['cancel', 'stop', 'retry']} />
      {job.imported === null && hasRole(caller, 'submit') && (
        <a class="button" href={href(['new'], { from: job.job_id })}>
          Submit again …
        </a>
      )}
    </>
  );
}

function RetryMissing({ job }: { job: JobInfo }) {
  const { client } = useLive();
  const [isAsked, setAsked] = useState(false);
  const retry = useAction(async () => {
    setAsked(false);
    go(href(['jobs', (await client.retry(job.job_id, { missing: true })).job_id]));
  });
  return (
    <>
      <button type="button" class="primary" disabled={retry.isRunning} onClick={() => setAsked(true)}>
        Retry missing
      </button>
      {isAsked && (
        <Confirm
          title="Run the tasks that have no results?"
          action="Retry what is missing"
          onClose={() => setAsked(false)}
          onConfirm={() => void retry.run()}
        >
          <p>They are queued as a new job. Its scores are shown together with those of this one.</p>
        </Confirm>
      )}
      <NotDone error={retry.error} />
    </>
  );
}

function Priority({ job, onChanged }: { job: JobInfo; onChanged(): void }) {
  const { client } = useLive();
  const change = useAction(async (priority: number) => {
    await client.reprioritise(job.job_id, priority);
    onChanged();
  });
  const input = useRef<HTMLInputElement>(null);
  // Changed by another: what is being typed stays.
  useEffect(() => {
    const { current } = input;
    if (current !== null && current !== document.activeElement) current.value = String(job.priority);
  }, [job.priority]);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = form instanceof HTMLFormElement ? Number(new FormData(form).get('priority')) : Number.NaN;
    if (Number.isInteger(given) && given !== job.priority) void change.run(given);
  };
  return (
    <form class="job-priority" onSubmit={submit}>
      <label>
        Priority{' '}
        <input
          ref={input}
          name="priority"
          type="number"
          min={-100}
          max={100}
          step={1}
          required
          defaultValue={String(job.priority)}
        />
      </label>
      <button type="submit" disabled={change.isRunning}>
        Change
      </button>
      <NotDone error={change.error} />
    </form>
  );
}

function NotDone({ error }: { error: ClientError | null }) {
  const [seen, setSeen] = useState<ClientError | null>(null);
  if (error === null || error === seen) return null;
  return (
    <Dialog title="It was not done" onClose={() => setSeen(error)}>
      <ErrorNote error={error} />
    </Dialog>
  );
}
