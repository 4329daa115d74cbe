import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { type LmmsEvalServer, startLmmsEvalServer } from '../../support/harnesses/lmmsEvalServer.ts';
import { submit } from '../../support/jobs/client.ts';
import { endedJob } from '../../support/jobs/jobs.ts';
import { allOf, describeWith, lmmsEval, slurm } from '../../support/needs.ts';

describeWith(allOf(slurm, lmmsEval), 'the real lmms-eval as a job of Slurm', () => {
  const { cluster, record } = withCluster();
  let real: LmmsEvalServer;
  beforeAll(async () => {
    real = await startLmmsEvalServer(['--backend', 'slurm', '--slots', '2'], cluster().env);
  });
  afterAll(() => real?.stop());

  test('lmms-eval as a job of Slurm does not run as one of many workers, and gives the same scores as elsewhere', {
    timeout: 300_000,
  }, async () => {
    const { server, tiny } = real;
    const [task] = tiny.tasks;
    const evaluate = async (tasks: string[]) =>
      endedJob(server.url, await submit(server.url, { model: 'dummy', model_args: { response: 'B' }, tasks }));
    const [good, bad] = await Promise.all([evaluate([task]), evaluate(['evald_nosuch'])]);
    expect(good).toMatchObject({ status: 'completed', error: null, warnings: [], backend: { name: 'slurm' } });
    expect(good.metrics).toMatchObject({ [task]: { exact_match: { value: 0.5, n: 8 } } });
    expect(await record(good.backend?.id ?? '')).toMatchObject({ JobState: 'COMPLETED', TresPerNode: 'gres:gpu:1' });
    expect(await readFile(good.log ?? '', 'utf8')).toContain('Running on rank 0 (local rank 0)');
    // lmms-eval exits with 0 here, and Slurm says COMPLETED.
    expect(bad).toMatchObject({ status: 'failed', failure_kind: 'harness' });
    expect(bad.error).toContain('Tasks were not found: evald_nosuch');
  });
});
