import type { Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { Samples } from './samples/Samples.tsx';
import { Scores } from './scores/Scores.tsx';

/** One job: its scores, or its samples. */
export function Job({ location }: { location: Location }) {
  const { client } = useLive();
  const id = location.path[1] ?? '';
  const job = useResource(id, (signal) => client.job(id, { signal }), {
    on: ({ job_id }) => job_id === id,
  });
  if (job.value === null) return job.error ? <ErrorNote error={job.error} retry={job.reload} /> : <Skeleton />;
  return (
    <>
      <h1 class="hidden">Job {id}</h1>
      {location.path[2] === 'samples' ? <Samples job={job.value} location={location} /> : <Scores job={job.value} />}
    </>
  );
}
