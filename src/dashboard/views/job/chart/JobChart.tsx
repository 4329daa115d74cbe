import { useEffect, useRef } from 'preact/hooks';
import type { JobInfo } from '../../../../client/index.ts';
import { createDrawing } from '../../../drawing/drawing.ts';
import { stepsOf } from '../../../drawing/jobSteps.ts';
import { href } from '../../../location.ts';
import { ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';

/** The chart of jobs, with the path that this one has taken so far. */
export function JobChart({ job }: { job: JobInfo }) {
  const { client } = useLive();
  const frame = useRef<HTMLDivElement>(null);
  const { value, error, reload } = useResource('job.svg', (signal) => client.drawing('job.svg', { signal }));
  const { status, started_at, completed_at } = job;
  useEffect(() => {
    if (value === null) return;
    const drawing = createDrawing(value);
    frame.current?.replaceChildren(drawing.svg);
    drawing.path(stepsOf(job));
    drawing.light([status]);
  }, [value, status, started_at, completed_at]);
  if (value === null) return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={6} />;
  return (
    <>
      <div class="panel job-chart" ref={frame} />
      <p class="quiet-text">
        The states of every job, and how this one came to {status}. <a href={href(['charts'])}>All charts, live</a>
      </p>
    </>
  );
}
