import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runEnvironment } from '../../src/runner/environment.ts';

const scrubbed = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'scrubbed-variables.txt'), 'utf8')
  .trim()
  .split('\n');

test('what would make the run take itself for a distributed worker does not reach it', () => {
  expect(scrubbed).toHaveLength(26);
  const base = Object.fromEntries([...scrubbed, 'PATH', 'SLURM_JOB_ID'].map((name) => [name, 'x']));
  expect(runEnvironment(base, {})).toEqual({ PATH: 'x', SLURM_JOB_ID: 'x', PYTHONUNBUFFERED: '1' });
});

test('the secret of the webhooks does not reach the run', () => {
  expect(runEnvironment({ EVALD_WEBHOOK_SECRET: 's', EVALD_SLOTS: '2' }, {})).toEqual({
    EVALD_SLOTS: '2',
    PYTHONUNBUFFERED: '1',
  });
});

test("the harness's variables win, and absent ones stay absent", () => {
  expect(runEnvironment({ A: 'server', B: undefined, PYTHONUNBUFFERED: '' }, { A: 'harness' })).toEqual({
    A: 'harness',
    PYTHONUNBUFFERED: '1',
  });
});
