import { testInterleavings } from './interleavings.ts';

testInterleavings('a scheduler with one slot', {
  slots: 1,
  maxQueue: 4,
  maxQueueBytes: 3_000,
  grace: 3_000,
  maxCompletedJobs: 3,
});
