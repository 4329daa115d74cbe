import { expect, test } from 'vitest';
import { type Sent, System } from '../model/random/system.ts';

const sent: Sent = { model: 'stubborn', priority: 0, gpus: 1, key: null, body: '', size: 0, client: 'x', parts: 1 };

async function afterFirstPart() {
  const system = new System({ slots: 1, maxQueue: 5, grace: 3_000, maxCompletedJobs: 100 });
  await system.scheduler.start();
  const [split, next] = [system.submit({ ...sent, parts: 2 }), system.submit(sent)];
  await system.settle();
  system.hold();
  const jobId = String(split.jobId);
  return {
    ...{ system, jobId, next: String(next.jobId) },
    endFirst: async () => {
      system.programs.exit(jobId, { kind: 'code', code: 0 });
      system.programs.vanish(jobId);
      await system.settle();
    },
  };
}

test('of a split job nothing more is launched before the end of a part is on disk', async () => {
  const { system, jobId, endFirst } = await afterFirstPart();
  await endFirst();
  expect(system.programs.left()).toEqual([]);
  system.release();
  await system.settle();
  expect(system.programs.left()).toEqual([`${jobId} part 2`]);
});

test('a server that crashes while a stop of a job is written, and a part of it ends, leaves nothing running of which its successor knows nothing', async () => {
  const { system, jobId, next, endFirst } = await afterFirstPart();
  // The stop is being written when the first part ends by itself.
  system.stopJob(jobId);
  await system.settle();
  await endFirst();
  await system.crash(true);
  expect(system.scheduler.getJob(jobId)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
  expect(system.programs.left()).toEqual([next]);
});
