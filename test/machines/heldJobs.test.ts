import { expect, test } from 'vitest';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { scheduling } from '../support/jobs/scheduling.ts';
import { request } from '../support/requests/request.ts';
import { failedOutcome } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

const after = (...ids: string[]) => ({ options: { ...noOptions, after: ids } });

test('a job of which one dependency fails and the next completes in the same commit is cancelled', async () => {
  const { scheduler, control, journal, add, statusOf } = await scheduling({ slots: 3 });
  const [failing, completing, other] = [await add(), await add(), await add()];
  const { jobId } = await scheduler.addJob(request(), after(failing, completing));
  await until(() => control.launched.length === 3);
  // What ends while a commit is under way goes into the next one together.
  journal.hold();
  await control.end(other);
  await control.end(failing, failedOutcome);
  await control.end(completing);
  journal.release();
  await until(() => statusOf(completing) === 'completed' && statusOf(jobId) !== 'queued');
  expect(scheduler.getJob(jobId)).toMatchObject({
    status: 'cancelled',
    error: expect.stringContaining(failing),
  });
});

test('hundreds of jobs after one that fails are all cancelled, and the queue goes on', async () => {
  const { scheduler, control, add, statusOf } = await scheduling();
  const failing = await add();
  const ids: string[] = [];
  for (let n = 0; n < 350; n++) ids.push((await scheduler.addJob(request(), after(failing))).jobId);
  const last = await add();
  await control.end(failing, failedOutcome);
  await until(() => ids.every((id) => statusOf(id) === 'cancelled'));
  await control.end(last);
  await until(() => statusOf(last) === 'completed');
  expect(control.launched).toEqual([failing, last]);
});

test('a checkpoint is looked for every two seconds, until the time that its job gives it, and no longer', async () => {
  const { scheduler, control, clock, pass, statusOf } = await scheduling();
  const held = request({ model_args: { pretrained: '/ckpt' } });
  const options = { ...noOptions, ready_file: 'done', ready_timeout: 60 };
  const { jobId } = await scheduler.addJob(held, { options });
  const look = async () => {
    clock.increment(2_000);
    await until(() => !scheduler.getLiveStates().scheduler.includes('readiness.looking'));
  };
  await look();
  pass(59_999);
  await look();
  expect(statusOf(jobId)).toBe('queued');
  pass(1);
  await look();
  await until(() => control.launched.includes(jobId));
  expect(scheduler.getLiveStates().scheduler).toContain('readiness.idle');
});
