import { testInterleavings } from './interleavings.ts';

testInterleavings('a scheduler with three devices', {
  slots: 3,
  devices: ['0', '1', 'GPU-2'],
  maxQueue: 5,
  grace: 3_000,
  maxCompletedJobs: 100,
});
