import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSlurmBackend } from '../../../../src/runner/backends/slurm/backend.ts';
import { fakeSlurm } from '../../../support/clusters/fakeSlurm.ts';
import { launchSpec, temporaryFolder } from '../../../support/runs/localRun.ts';

/** @param isAlone whether there are no other programs: there may be a real sbatch among them. */
async function onFakeSlurm(isAlone = false) {
  const folder = await temporaryFolder();
  const slurm = await fakeSlurm(folder);
  const env = { PATH: isAlone ? folder : slurm.path };
  const backend = createSlurmBackend({
    args: ['--partition=gpu'],
    gres: 'gpu',
    grace: 1,
    nice: 1,
    allowedArgs: [],
    env,
  });
  return { folder, slurm, backend };
}

const PARTITION = 'Invalid partition name specified';

test('a refusal that Slurm gives to every submission is no fault of the job, and the operator reads where to look', async () => {
  const { slurm, backend } = await onFakeSlurm();
  await slurm.refuse(PARTITION);
  await expect(backend.launch(await launchSpec(['true']))).rejects.toMatchObject({
    name: 'UnavailableError',
    kind: 'settings',
    message: `Slurm refuses every submission: ${PARTITION}; see --slurm-args and --slurm-gres`,
  });
});

test('a refusal that Slurm gives to this submission alone is its own fault', async () => {
  const { slurm, backend } = await onFakeSlurm();
  await slurm.refuseSubmissions('Requested node configuration is not available');
  const refusal = {
    name: 'RunError',
    message: 'Slurm refused it: Batch job submission failed: Requested node configuration is not available',
  };
  await expect(backend.launch(await launchSpec(['true']))).rejects.toMatchObject(refusal);
  // A trial says more than a submission: of nodes that are down.
  await slurm.refuseTrials('Requested nodes are busy');
  await expect(backend.launch(await launchSpec(['true']))).rejects.toMatchObject(refusal);
});

test('where no more may be submitted just now, a trial finds nothing wrong, and a refusal is the fault of its own job', async () => {
  const { slurm, backend } = await onFakeSlurm();
  await slurm.refuseTrials('Job violates accounting/QOS policy\nsbatch: error: AssocMaxSubmitJobLimit');
  await expect(backend.probe?.()).resolves.toBeUndefined();
  await slurm.refuseSubmissions('Invalid qos specification');
  const launched = backend.launch(await launchSpec(['true']));
  await expect(launched).rejects.toThrow('Slurm refused it: Batch job submission failed: Invalid qos specification');
  await expect(launched).rejects.toMatchObject({ name: 'RunError' });
});

test('while it is not known whether another would be accepted, no job fails for a refusal', async () => {
  const { slurm, backend } = await onFakeSlurm();
  await slurm.refuse('Access/permission denied');
  await slurm.refuseTrials('Unable to contact slurm controller (connect failure)');
  await expect(backend.launch(await launchSpec(['true']))).rejects.toMatchObject({
    name: 'UnavailableError',
    kind: 'passing',
    message: expect.stringContaining('Slurm does not answer'),
  });
});

test('an sbatch that cannot be executed is no fault of a job', async () => {
  const { folder, backend } = await onFakeSlurm(true);
  await chmod(join(folder, 'sbatch'), 0o644);
  const fault = {
    name: 'UnavailableError',
    kind: 'settings',
    message: expect.stringContaining('sbatch was not found'),
  };
  await expect(backend.launch(await launchSpec(['true']))).rejects.toMatchObject(fault);
  await expect(backend.probe?.()).rejects.toMatchObject(fault);
});

test('a trial finds wrong arguments and a controller that is away; what may pass by itself it leaves to a submission', async () => {
  const { slurm, backend } = await onFakeSlurm();
  await expect(backend.probe?.()).resolves.toBeUndefined();
  await slurm.refuseTrials(PARTITION);
  await expect(backend.probe?.()).rejects.toMatchObject({
    kind: 'settings',
    message: expect.stringContaining(PARTITION),
  });
  await slurm.refuseTrials('Requested nodes are busy');
  await expect(backend.probe?.()).resolves.toBeUndefined();
  await slurm.goDown();
  await expect(backend.probe?.()).rejects.toMatchObject({ kind: 'passing' });
});
