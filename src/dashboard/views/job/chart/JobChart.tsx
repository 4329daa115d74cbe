import { useEffect, useRef } from 'preact/hooks';
import type { JobInfo } from '../../../../client/index.ts';
import { href } from '../../../location.ts';
import { ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';
import { readDrawing } from './drawing.ts';
import { lightPath, stepsOf } from './path.ts';

/** The chart of jobs, with the path that this one has taken so far. */
export function JobChart({ job }: { job: JobInfo }) {
  const { client } = useLive();
  const frame = useRef<HTMLDivElement>(null);
  const { value, error, reload } = useResource('job.svg', (signal) => client.drawing('job.svg', { signal }));
  const { status, started_at, completed_at } = job;
  useEffect(() => {
    const drawing = value === null ? null : readDrawing(value);
    if (drawing === null || frame.current === null) return;
    frame.current.replaceChildren(drawing);
    lightPath(drawing, stepsOf(job), status);
  }, [value, status, started_at, completed_at]);
  if (value === null) return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={6} />;
  return (
    <>
      <div class="job-chart" ref={frame} />
      <p class="quiet-text">
        The states of every job, and how this one came to {status}. <a href={href(['charts'])}>All charts, live</a>
      </p>
    </>
  );
}
