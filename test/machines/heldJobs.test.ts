import { expect, test } from 'vitest';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
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

test('a job that failed is not forgotten before those that were to come after it are cancelled on disk, so that no restart starts them', async () => {
  const journal = controlledJournal();
  const { append, forget, expired } = journal.journal;
  const never = new Promise<void>(() => {});
  const happened: string[] = [];
  let looks = 0;
  const { scheduler, control, add, statusOf } = await scheduling(
    { history: { jobs: 0, age: Infinity } },
    {
      journal: {
        ...journal,
        journal: {
          ...journal.journal,
          append: async (transitions) => {
            if (transitions.some(({ type }) => type === 'cancelled')) await never;
            await append(transitions);
            happened.push(...transitions.map(({ type, jobId }) => `${type} ${jobId}`));
          },
          expired: (...asked) => {
            looks += 1;
            return expired(...asked);
          },
          forget: (jobIds) => {
            happened.push(...jobIds.map((jobId) => `forgotten ${jobId}`));
            return forget(jobIds);
          },
        },
      },
    },
  );
  const failing = await add();
  await scheduler.addJob(request(), after(failing));
  await until(() => control.launched.length === 1);
  const before = looks;
  await control.end(failing, failedOutcome);
  await until(() => looks > before);
  // As a server finds it that starts after a crash now.
  const restarted = await scheduling({}, { journal });
  await until(() => restarted.scheduler.getHealth().queued === 0);
  expect(restarted.control.launched).toEqual([]);
  expect(happened).not.toContain(`forgotten ${failing}`);
  expect(statusOf(failing)).toBe('failed');
});

test('a job that failed, and those that were cancelled for it, are forgotten when that is on disk', async () => {
  const { scheduler, control, journal, add } = await scheduling({ history: { jobs: 0, age: Infinity } });
  const failing = await add();
  const { jobId } = await scheduler.addJob(request(), after(failing));
  await until(() => control.launched.length === 1);
  await control.end(failing, failedOutcome);
  await until(() => [failing, jobId].every((id) => journal.journal.find(id) === undefined));
  expect(control.launched).toEqual([failing]);
});
