import type { Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { draftOfJob, draftOfQuery } from '../../submission/draft.ts';
import { SubmitForm } from './SubmitForm.tsx';

/** Submits an evaluation: `?from=<job id>` begins with the request of a job, `?model=…&tasks=a,b` with these values. */
export function New({ location: { query } }: { location: Location }) {
  const from = query.get('from');
  return (
    <>
      <h1>New evaluation</h1>
      {from === null || from === '' ? (
        <SubmitForm key={`${query}`} address={`${query}`} begin={draftOfQuery(query)} />
      ) : (
        <FromJob key={from} id={from} />
      )}
    </>
  );
}

function FromJob({ id }: { id: string }) {
  const { client } = useLive();
  const job = useResource(id, (signal) => client.job(id, { signal }));
  if (job.value !== null) return <SubmitForm address={`from=${id}`} begin={draftOfJob(job.value)} from={id} />;
  if (job.error === null) return <Skeleton lines={8} />;
  return (
    <>
      <ErrorNote error={job.error} retry={job.reload} />
      <SubmitForm address={`from=${id}`} begin={draftOfQuery(new URLSearchParams())} />
    </>
  );
}
