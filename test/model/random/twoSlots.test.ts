import { testInterleavings } from './interleavings.ts';

testInterleavings('a scheduler with two slots', { slots: 2, maxQueue: 5, grace: 3_000, maxCompletedJobs: 100 });
