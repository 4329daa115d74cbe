import { expect } from 'vitest';
import type { scheduling } from '../jobs/scheduling.ts';
import { until } from '../waiting/until.ts';

type Setting = Pick<Awaited<ReturnType<typeof scheduling>>, 'clock' | 'control' | 'scheduler'>;

/** The only run is left alone until so many milliseconds have passed, and then asked to end; not one sooner. */
export async function expectStopAfter({ clock, control }: Pick<Setting, 'clock' | 'control'>, milliseconds: number) {
  clock.increment(milliseconds - 1);
  expect(control.stops).toEqual([]);
  clock.increment(1);
  await until(() => control.stops.length === 1);
}

/** When nothing is left of a run that was asked to end, its job fails with the seconds it had. */
export async function expectTimedOut({ control, scheduler }: Setting, jobId: string, seconds: number) {
  await control.gone(jobId);
  await until(() => scheduler.getJob(jobId)?.status === 'failed');
  const error = expect.stringContaining(`${seconds} s`);
  expect(scheduler.getJob(jobId)).toMatchObject({ failure_kind: 'timedOut', error });
}
