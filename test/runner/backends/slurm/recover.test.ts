import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSlurmBackend } from '../../../../src/runner/backends/slurm/backend.ts';
import { FILES } from '../../../../src/runner/backends/slurm/script.ts';
import { launchSpec } from '../../../support/runs/localRun.ts';

const backend = createSlurmBackend({
  args: [],
  gres: 'gpu',
  grace: 1,
  nice: 1,
  allowedArgs: [],
  env: { PATH: '/nonexistent' },
});

/** A state folder with what its program is told. */
async function begun(): Promise<string> {
  const { state } = await launchSpec(['true']);
  await writeFile(join(state, FILES.program), 'planted-secret');
  return state;
}

test('a launch that ended before it was whole never starts, and leaves no arguments of its program', async () => {
  const state = await begun();
  expect(await backend.recover(state)).toBeNull();
  expect(await readFile(join(state, FILES.program), 'utf8')).toBe('');
});

test('a run that was taken back by a server that then ended never starts, and leaves no arguments of its program', async () => {
  const state = await begun();
  await writeFile(join(state, FILES.submission), JSON.stringify({ name: 'a', args: [] }));
  await mkdir(join(state, 'claim'));
  expect(await backend.recover(state)).toBeNull();
  expect(await readFile(join(state, FILES.program), 'utf8')).toBe('');
});
