import { expect, test } from 'vitest';
import { type Sent, System } from '../model/random/system.ts';

const sent: Sent = { model: 'stubborn', priority: 0, gpus: 1, key: null, body: '', size: 0, client: 'x', parts: 1 };

test('a part that was launched by a server which crashed before it was noted is ended with its job, whose slot is free only then', async () => {
  const system = new System({ slots: 1, maxQueue: 5, grace: 3_000, maxCompletedJobs: 100 });
  await system.scheduler.start();
  const split = system.submit({ ...sent, parts: 2 });
  const next = system.submit(sent);
  await system.settle();
  const jobId = String(split.jobId);
  system.hold();
  // The stop is being written when the first part ends by itself: the second one is launched, and neither is on record.
  system.stopJob(jobId);
  await system.settle();
  system.programs.exit(jobId, { kind: 'code', code: 0 });
  system.programs.vanish(jobId);
  await system.settle();
  expect(system.programs.left()).toEqual([`${jobId} part 2`]);

  await system.crash(true);
  expect(system.programs.left()).toEqual([`${jobId} part 2`]);
  system.clock.increment(3_000);
  await system.settle();
  expect(system.scheduler.getJob(jobId)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
  expect(system.programs.left()).toEqual([next.jobId]);
});
