import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunError } from '../../../../src/machines/ports/runner.ts';
import { apartEntrypoint, dropSecrets, sharedEntrypoint } from '../../../../src/runner/backends/ray/entrypoint.ts';
import { notedLaunch, noteLaunch, type RayHandle } from '../../../../src/runner/backends/ray/handle.ts';
import { keptVariables } from '../../../../src/runner/backends/ray/submission.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

async function begun(shared: boolean, secret = 'secret-value') {
  const state = await temporaryFolder();
  const handle: RayHandle = { backend: 'ray', id: 'evald-1', state, shared, log: '/log', logStart: 0 };
  const input = {
    command: ['x', 'secret-word'],
    env: { A: secret },
    kept: [],
    log: '/log',
    state,
    cwd: '/',
    umask: 0o077,
    grace: 1,
  };
  return { state, handle, input };
}

test('scripts that the nodes read are for their owner only, and are emptied of what may be secret', async () => {
  const { state, handle, input } = await begun(true);
  const { line, variables } = await sharedEntrypoint(handle, input);
  expect(JSON.stringify([line, variables])).not.toContain('secret-');
  for (const name of ['launch.sh', 'run.sh']) expect((await stat(join(state, name))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(state, 'run.sh'), 'utf8')).toContain('secret-word');
  await dropSecrets(handle);
  expect(await readFile(join(state, 'run.sh'), 'utf8')).toBe('');
});

test('the request to Ray is kept no longer than the run, for it may have variables of the operator', async () => {
  const { state, handle } = await begun(true);
  const submission = {
    submission_id: 'evald-1',
    entrypoint: 'true',
    metadata: {},
    runtime_env: { env_vars: { WANDB_API_KEY: 'secret-value' } },
    entrypoint_num_cpus: 1,
    entrypoint_num_gpus: 0,
  };
  await noteLaunch({ handle, submission });
  await dropSecrets(handle);
  expect(await readFile(join(state, 'ray.json'), 'utf8')).not.toContain('secret-');
});

test('where the nodes do not read the scripts, the entrypoint has no secret, and the noted launch is dropped', async () => {
  const { handle, input } = await begun(false);
  const { line, variables } = apartEntrypoint(handle, input);
  expect(line).not.toContain('secret-');
  const submission = {
    submission_id: 'evald-1',
    entrypoint: line,
    metadata: {},
    runtime_env: { env_vars: variables },
    entrypoint_num_cpus: 1,
    entrypoint_num_gpus: 0,
  };
  await noteLaunch({ handle, submission });
  await dropSecrets(handle);
  expect(await notedLaunch(handle.state)).toEqual({ handle, submission: null });
});

test('an entrypoint longer than one variable can hold is refused', async () => {
  const { handle, input } = await begun(false, 'x'.repeat(100_000));
  expect(() => apartEntrypoint(handle, input)).toThrow(RunError);
});

test.each([
  [{}, 0, ['RAY_ADDRESS', 'TMPDIR']],
  [{ env_vars: { HF_HOME: '/hf' } }, 0, ['HF_HOME', 'RAY_ADDRESS', 'TMPDIR']],
  [{ pip: ['x'] }, 0, ['PATH', 'VIRTUAL_ENV', 'PYTHONPATH', 'LD_LIBRARY_PATH', 'RAY_ADDRESS', 'TMPDIR']],
  [{}, 2, ['CUDA_VISIBLE_DEVICES', 'RAY_ADDRESS', 'TMPDIR']],
])('with %j and %i GPUs a program keeps what Ray set on purpose', (runtimeEnv, gpus, expected) => {
  const kept = keptVariables(runtimeEnv, gpus);
  expect(kept).toEqual(expect.arrayContaining(expected));
  expect(kept.includes('CUDA_VISIBLE_DEVICES')).toBe(gpus > 0);
  expect(kept.includes('PATH')).toBe('pip' in runtimeEnv);
});
