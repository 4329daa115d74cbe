import { setTimeout } from 'node:timers/promises';
import { hasEnded, hasGivenUp, type RayJob } from '../../../src/runner/backends/ray/answers.ts';
import type { RayApi } from '../../../src/runner/backends/ray/api.ts';
import { startRayCluster } from '../../../test/support/clusters/rayCluster.ts';
import { attempt } from './attempt.ts';

/** A machine that is busy with something else may be too slow for one. */
const TRIES = 5;

/** Runs a job with a device. @returns it, as it ended. */
async function ended(api: RayApi, id: string): Promise<RayJob> {
  const resources = { entrypoint_num_cpus: 1, entrypoint_num_gpus: 1 };
  await api.submit({ submission_id: id, entrypoint: 'echo works', metadata: {}, runtime_env: {}, ...resources });
  for (;;) {
    const job = await api.job(id);
    if (job === null) throw new Error(`Ray forgot the job ${id}`);
    if (hasEnded(job)) return job;
    await setTimeout(100);
  }
}

// A cluster as the tests start it, with its dashboard on loopback, and a job by the Jobs API.
await attempt(async () => {
  const cluster = await startRayCluster();
  try {
    for (let round = 1; ; round++) {
      const job = await ended(cluster.api, `setup-${round}`);
      if (job.status === 'SUCCEEDED') return;
      if (!hasGivenUp(job) || round === TRIES) throw new Error(`a job of Ray ended as ${job.status}: ${job.message}`);
    }
  } finally {
    await cluster.stop();
  }
});
