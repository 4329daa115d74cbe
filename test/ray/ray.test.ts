import { afterAll, beforeAll } from 'vitest';
import { createRayBackend } from '../../src/runner/ray/backend.ts';
import { describeBackend } from '../runner/backendContract.ts';
import { describeWith, ray } from '../support/needs.ts';
import { type RayCluster, startRayCluster } from '../support/rayCluster.ts';
import { hurriedTime, rayOptions } from '../support/rayOptions.ts';

describeWith(ray, 'runs on Ray', () => {
  let cluster: RayCluster;
  beforeAll(async () => {
    cluster = await startRayCluster();
  });
  afterAll(() => cluster?.stop());

  const adds = (name: string) => ['RAY_ADDRESS', 'CUDA_VISIBLE_DEVICES'].includes(name);
  describeBackend('ray', { make: () => createRayBackend(rayOptions(cluster), hurriedTime), adds });
});
