import { expect, test } from 'vitest';
import { UnavailableError } from '../../../src/machines/ports/runner.ts';
import { scheduling } from '../../support/jobs/scheduling.ts';
import { controlledRuns } from '../../support/runs/controlledRuns.ts';
import { until } from '../../support/waiting/until.ts';

// No world of the model has this: there a runner breaks as it watches its run.
test('a runner that breaks as its launch is tried again ends its own job, and the next one is started', async () => {
  const control = controlledRuns();
  const { launch } = control.runs;
  control.runs.launch = async (...given) => {
    const handle = await launch(...given);
    return control.launched.length > 1
      ? handle
      : {
          get node(): string {
            throw new Error('the handle cannot be read');
          },
        };
  };
  const { scheduler, clock, statusOf, add } = await scheduling({}, { control });
  control.failLaunches(new UnavailableError('disk full'), true);
  const [broken, next] = [await add(), await add()];
  await until(() => scheduler.getBlocked() !== null);
  control.failLaunches(null);
  clock.increment(1_000);
  await until(() => statusOf(broken) === 'failed');
  expect(scheduler.getJob(broken)).toMatchObject({ failure_kind: 'lost' });
  // That one broke says nothing of whether another can be launched: it is looked again.
  clock.increment(60_000);
  await control.end(next);
  await until(() => statusOf(next) === 'completed');
  expect(scheduler.getBlocked()).toBeNull();
});
