import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRayBackend } from '../../../../src/runner/backends/ray/backend.ts';
import type { RayCluster } from '../../../support/clusters/rayCluster.ts';
import { hurriedTime, rayOptions } from '../../../support/clusters/rayOptions.ts';
import { fixture, launch, launchSpec, temporaryFolder, watchToEnd } from '../../../support/runs/localRun.ts';
import { eventually } from '../../../support/waiting/eventually.ts';

/** What Ray is asked, and what it says to that. */
export function submissions(cluster: () => RayCluster): void {
  const make = (more: Partial<ReturnType<typeof rayOptions>> = {}) =>
    createRayBackend({ ...rayOptions(cluster()), ...more }, hurriedTime);
  const printed = async (backend: ReturnType<typeof make>, script: string, env: Record<string, string> = {}) => {
    const spec = await launchSpec(['sh', '-c', script], env);
    const handle = await backend.launch(spec);
    const [exited] = await watchToEnd(backend, handle);
    expect(exited).toMatchObject({ exit: { kind: 'code', code: 0 } });
    return { handle, spec, log: await readFile(spec.log, 'utf8') };
  };

  describe('a submission', () => {
    test('a submission passes on variables of --ray-runtime-env, and devices as Ray says, not as the server does', async () => {
      const backend = make({ runtimeEnv: { env_vars: { HF_HOME: '/hf', PATH: `\${PATH}:/extra` } } });
      const env = { CUDA_VISIBLE_DEVICES: 'of the server', HF_HOME: 'of the server', A: '1' };
      const { log } = await printed(backend, 'echo "$CUDA_VISIBLE_DEVICES|$HF_HOME|$A|$PATH"', env);
      expect(log).toMatch(/^\d\|\/hf\|1\|.*:\/extra\n$/);
    });

    test('a submission asks for no GPU with --ray-num-gpus false', async () => {
      const { handle, log } = await printed(make({ asksGpus: false }), 'printenv CUDA_VISIBLE_DEVICES || echo unset');
      expect(log).toBe('unset\n');
      expect(handle['backend']).toBe('ray');
    });

    test('a submission shows Ray neither the command nor the environment; their files are empty once the program runs', async () => {
      const backend = make();
      const { handle, spec } = await printed(backend, ': secret-word', { HF_TOKEN: 'secret-value' });
      expect(JSON.stringify(await cluster().api.job(backend.idOf(handle)))).not.toMatch(/secret-/);
      expect(await readFile(join(spec.state, 'run.sh'), 'utf8')).toBe('');
    });

    test('a submission replaces an earlier attempt at the same job that has ended', async () => {
      const backend = make();
      const { spec } = await printed(backend, 'echo first');
      const again = { ...(await launchSpec(['echo', 'second'])), jobId: spec.jobId };
      await watchToEnd(backend, await backend.launch(again));
      expect(await readFile(again.log, 'utf8')).toBe('second\n');
    });

    test("a submission is refused where Ray has a job of that id that is not evald's; that job is left alone", async () => {
      const spec = await launchSpec(['echo', 'second']);
      const id = `${spec.name}:${spec.jobId}`;
      const { api } = cluster();
      const foreign = { submission_id: id, entrypoint: 'exec sleep 300', metadata: {}, runtime_env: {} };
      await api.submit({ ...foreign, entrypoint_num_cpus: 0, entrypoint_num_gpus: 0 });
      await expect(make().launch(spec)).rejects.toThrow(`Ray has a job ${id} that is not evald's`);
      await eventually(async () => (await api.job(id))?.status === 'RUNNING');
      await api.stop(id);
    });

    test('a submission with a runtime_env that Ray cannot prepare fails with the message of Ray', async () => {
      const backend = make({ runtimeEnv: { pip: 5 } });
      const [exited] = await watchToEnd(backend, await backend.launch(await launchSpec(['true'])));
      expect(exited).toMatchObject({
        exit: { kind: 'notStarted', reason: expect.stringMatching(/^Ray says: .*'pip'\] must be of type str/) },
      });
    });
  });

  test('a run that is stopped by hand, in Ray, fails with that reason', async () => {
    // In time as it is: the one look that the end waits for is to be as long as Ray takes to say so.
    const backend = createRayBackend(rayOptions(cluster()));
    const spec = await launchSpec([fixture('ignore-term')]);
    const handle = await launch(backend, spec);
    const over = watchToEnd(backend, handle);
    await eventually(async () => (await readFile(spec.log, 'utf8')).includes('ready'));
    await cluster().api.stop(backend.idOf(handle));
    const exit = { kind: 'cancelled', reason: 'it was stopped in Ray' };
    expect(await over).toEqual([{ type: 'run.exited', exit }, { type: 'run.gone' }]);
  });

  describe('a token', () => {
    test.each(['wrong', 'missing', 'open to others'])(
      'a token file that is %s is refused, and the reason does not show the token',
      async (how) => {
        const tokenFile = join(await temporaryFolder(), 'token');
        await writeFile(tokenFile, 'not-the-token\n', { mode: 0o600 });
        if (how === 'open to others') await chmod(tokenFile, 0o644);
        const state = await make({ tokenFile: how === 'missing' ? null : tokenFile }).describe();
        expect(state).toMatchObject({ reachable: false, queued: null, nodes: [] });
        const reasons = {
          wrong: `(403): the token of ${tokenFile}`,
          missing: '(401): it wants a token (--ray-token-file)',
          'open to others': `the token in ${tokenFile} is open to other users`,
        };
        expect(state.reason).toContain(reasons[how as keyof typeof reasons]);
        expect(state.reason).not.toContain('not-the-token');
      },
    );

    test('a token that is replaced by a right one lets waiting submissions in', async () => {
      const tokenFile = join(await temporaryFolder(), 'token');
      await writeFile(tokenFile, 'not-the-token\n', { mode: 0o600 });
      const backend = make({ tokenFile });
      const spec = await launchSpec(['echo', 'in']);
      const over = watchToEnd(backend, await backend.launch(spec));
      await writeFile(tokenFile, await readFile(cluster().tokenFile));
      expect(await over).toMatchObject([{ exit: { kind: 'code', code: 0 } }, { type: 'run.gone' }]);
    });
  });
}
