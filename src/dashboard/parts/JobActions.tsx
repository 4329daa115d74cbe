import { useState } from 'preact/hooks';
import type { JobAction, JobInfo } from '../../client/index.ts';
import { checkpointName, shortId } from '../../text/jobs.ts';
import { mayDo } from '../allowed.ts';
import { go, href } from '../location.ts';
import { useLive } from '../state/live.ts';
import { useAction } from '../state/useAction.ts';
import { Confirm, Dialog } from './Dialog.tsx';
import { ErrorNote } from './Notes.tsx';

type OneAction = Exclude<JobAction, 'reprioritise'>;

const labels: { [action in OneAction]: string } = { cancel: 'Cancel', stop: 'Stop', retry: 'Retry' };

const consequences: { [action in OneAction]: string } = {
  cancel: 'It is taken out of the queue and will not run.',
  stop: 'Its run is ended. What it has measured so far is kept, and it fails as stopped.',
  retry: 'The same request is queued again, as a new job.',
};

/** Buttons for what may be done to a job by this caller; each asks first. */
export function JobActions({ job, actions }: { job: JobInfo; actions: readonly OneAction[] }) {
  const { client, caller } = useLive();
  const [asked, setAsked] = useState<OneAction | null>(null);
  const act = useAction(async (action: OneAction) => {
    setAsked(null);
    const { job_id: id } = job;
    if (action === 'cancel') await client.cancel(id);
    if (action === 'stop') await client.stop(id);
    if (action === 'retry') go(href(['jobs', (await client.retry(id)).job_id]));
  });
  const [isErrorSeen, setErrorSeen] = useState(false);
  const allowed = actions.filter((action) => mayDo(action, caller, job));
  return (
    <>
      {allowed.map((action) => (
        <button key={action} type="button" disabled={act.isRunning} onClick={() => setAsked(action)}>
          {labels[action]}
        </button>
      ))}
      {asked !== null && (
        <Confirm
          title={`${labels[asked]} ${checkpointName(job.request) ?? job.request.model}, job ${shortId(job.job_id)}?`}
          action={`${labels[asked]} this job`}
          onClose={() => setAsked(null)}
          onConfirm={() => {
            setErrorSeen(false);
            void act.run(asked);
          }}
        >
          <p>{consequences[asked]}</p>
        </Confirm>
      )}
      {act.error && !isErrorSeen && (
        <Dialog title="It was not done" onClose={() => setErrorSeen(true)}>
          <ErrorNote error={act.error} />
        </Dialog>
      )}
    </>
  );
}
