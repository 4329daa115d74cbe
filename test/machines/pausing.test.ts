import { expect, test } from 'vitest';
import { scheduling } from '../support/jobs/scheduling.ts';

test('a pause that cannot be written changes nothing, and says why', async () => {
  const { scheduler, journal } = await scheduling();
  journal.break('disk full');
  await expect(scheduler.pauseQueue()).rejects.toMatchObject({
    code: 'intakeClosed',
    message: expect.stringContaining('disk full'),
  });
  expect(scheduler.isPaused()).toBe(false);
  journal.mend();
  await scheduler.pauseQueue();
  journal.break('disk full');
  await expect(scheduler.resumeQueue()).rejects.toMatchObject({ code: 'intakeClosed' });
  expect(scheduler.isPaused()).toBe(true);
});
