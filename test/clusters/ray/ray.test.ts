import { afterAll, beforeAll } from 'vitest';
import { createRayBackend } from '../../../src/runner/backends/ray/backend.ts';
import { describeBackend } from '../../runner/backends/backendContract.ts';
import { type RayCluster, startRayCluster } from '../../support/clusters/rayCluster.ts';
import { hurriedTime, rayOptions } from '../../support/clusters/rayOptions.ts';
import { describeWith, ray } from '../../support/needs.ts';
import { apartRuns } from './suites/apart.ts';
import { checks } from './suites/check.ts';
import { dashboardAway } from './suites/dashboard.ts';
import { orphans } from './suites/orphans.ts';
import { pendingRuns } from './suites/pending.ts';
import { servers } from './suites/server.ts';
import { submissions } from './suites/submission.ts';

// One file: a cluster takes 5 to 15 s to start, and 1.4 GB.
describeWith(ray, 'runs on Ray', () => {
  let running: RayCluster | undefined;
  const cluster = () => {
    if (running === undefined) throw new Error('there is no cluster');
    return running;
  };
  beforeAll(async () => {
    running = await startRayCluster();
  });
  afterAll(() => running?.stop());

  const adds = (name: string) => ['RAY_ADDRESS', 'CUDA_VISIBLE_DEVICES'].includes(name);
  describeBackend('ray', { make: () => createRayBackend(rayOptions(cluster()), hurriedTime), adds });
  pendingRuns(cluster);
  submissions(cluster);
  apartRuns(cluster);
  orphans(cluster);
  servers(cluster);
  checks(cluster);
  dashboardAway(cluster);
});
