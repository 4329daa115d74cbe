import { testInterleavings } from './interleavings.ts';

testInterleavings('a scheduler with two slots', {
  slots: 2,
  maxQueue: 5,
  maxQueueBytes: 4_500,
  maxQueueBytesPerClient: 2_500,
  grace: 3_000,
  maxCompletedJobs: 100,
});
