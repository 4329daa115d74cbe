import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { RunError } from '../../../../src/machines/ports/runner.ts';
import type { LaunchSpec } from '../../../../src/runner/backends/backend.ts';
import type { RayApi } from '../../../../src/runner/backends/ray/api.ts';
import { launchOnRay, recoverFromRay, submitAgain } from '../../../../src/runner/backends/ray/launch.ts';
import { claimOf } from '../../../../src/runner/backends/shared/claim.ts';
import { EngineUnavailableError } from '../../../../src/runner/backends/shared/unavailable.ts';
import { hurriedTime, rayOptions } from '../../../support/clusters/rayOptions.ts';
import { launchSpec } from '../../../support/runs/localRun.ts';

const SECRET = 'planted-secret';
const options = {
  ...rayOptions({ url: 'http://127.0.0.1:1', tokenFile: '/none' }),
  runtimeEnv: { env_vars: { WANDB_API_KEY: SECRET } },
};

/** A Ray that knows no job, and answers a submission as it is told. */
function emptyRay(submit: () => Promise<boolean>): RayApi {
  return {
    submit,
    job: async () => null,
    jobs: async () => [],
    stop: async () => {},
    forget: async () => true,
    nodes: async () => [],
    expectRay: async () => {},
  };
}

const refusing = emptyRay(() => Promise.reject(new RunError('Ray does not take it: 400 no')));
const away = emptyRay(() => Promise.reject(new EngineUnavailableError('Ray does not answer')));

const secretSpec = () => launchSpec(['echo', SECRET], { HF_TOKEN: SECRET });

/** Files of the state folder that have the secret. */
async function telling({ state }: LaunchSpec): Promise<string[]> {
  const names = await readdir(state, { recursive: true });
  const texts = await Promise.all(names.map((name) => readFile(join(state, name), 'utf8').catch(() => '')));
  return names.filter((_, index) => texts[index]?.includes(SECRET)).sort();
}

test.each([true, false])(
  'a submission that Ray refuses never starts, and leaves no secret (shared: %s)',
  async (shared) => {
    const spec = await secretSpec();
    const launched = launchOnRay(spec, { ...options, sharesFolder: shared }, refusing, hurriedTime);
    await expect(launched).rejects.toThrow('Ray does not take it');
    expect(await telling(spec)).toEqual([]);
    expect(await claimOf(spec.state)).toBe(shared ? 'evald' : null);
    expect(await recoverFromRay(spec.state, refusing, hurriedTime)).toBeNull();
  },
);

test('a launch that ended before Ray got it never starts, and leaves no secret', async () => {
  const spec = await secretSpec();
  await writeFile(join(spec.state, 'run.sh'), SECRET);
  expect(await recoverFromRay(spec.state, refusing, hurriedTime)).toBeNull();
  expect(await telling(spec)).toEqual([]);
});

test('a run that was taken back by a server that ended over it leaves no secret', async () => {
  const spec = await secretSpec();
  await launchOnRay(spec, options, away, hurriedTime);
  expect(await telling(spec)).toEqual(['ray.json', 'run.sh']);
  await mkdir(join(spec.state, 'claim'));
  expect(await recoverFromRay(spec.state, away, hurriedTime)).toBeNull();
  expect(await telling(spec)).toEqual([]);
});

test('a run that Ray refuses when it is asked again has ended only if it can no longer start', async () => {
  const spec = await secretSpec();
  const handle = await launchOnRay(spec, options, away, hurriedTime);
  const refused = { kind: 'notStarted', reason: 'Ray does not take it: 400 no' };
  expect(await submitAgain(handle, refusing)).toEqual(refused);
  expect(await claimOf(spec.state)).toBe('evald');

  const begun = await secretSpec();
  const running = await launchOnRay(begun, options, away, hurriedTime);
  // The first submission, of which nobody knew, has arrived.
  await writeFile(join(begun.state, 'claim'), 'launcher\n');
  expect(await submitAgain(running, refusing)).toBeNull();
});
