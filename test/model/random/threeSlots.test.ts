import { testInterleavings } from './interleavings.ts';

testInterleavings('a scheduler with three slots', { slots: 3, maxQueue: 3, grace: 2_000, maxCompletedJobs: 0 });
