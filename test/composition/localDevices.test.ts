import { mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { knownDevices } from '../../src/composition/localDevices.ts';
import { ConfigError } from '../../src/config/readConfig.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { healthOf } from '../support/requests/health.ts';
import { fixture } from '../support/runs/localRun.ts';
import { startCommand } from '../support/server/evald.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer } from '../support/server/server.ts';

const two = [
  'GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-0a5f0000-1111-2222-3333-444444444444)',
  'GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-0b5f0000-1111-2222-3333-444444444444)',
].join('\n');

const sliced = [
  'GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f)',
  '  MIG 3g.20gb     Device  0: (UUID: MIG-fbaf7d4c-bc14-5d04-bf3d-2c4d0b4e7d9a)',
  '  MIG 1g.5gb      Device  1: (UUID: MIG-GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f/7/0)',
  'GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-aaaa0000-d268-c3f3-1b07-005d5ae1dc3f)',
].join('\n');

const withProgram = (env: Record<string, string>) => ({ PATH: `${fixture('nvidia')}:${process.env['PATH']}`, ...env });

/** The PATH and the output of an nvidia-smi for the rest of a test. */
function onPath(env: Record<string, string>): void {
  for (const [name, value] of Object.entries(withProgram(env))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function known(...named: string[]) {
  const warnings: string[] = [];
  const devices = await knownDevices(named, (text) => warnings.push(text));
  return { devices, warnings };
}

test.each([
  ['indices', two, ['0', '1']],
  [
    'UUIDs where one is divided, of slices in the place of their GPU',
    sliced,
    [
      'MIG-fbaf7d4c-bc14-5d04-bf3d-2c4d0b4e7d9a',
      'MIG-GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f/7/0',
      'GPU-aaaa0000-d268-c3f3-1b07-005d5ae1dc3f',
    ],
  ],
])('auto is all devices that nvidia-smi lists, by their %s', async (_, listed, expected) => {
  onPath({ TEST_DEVICES: listed });
  expect(await known('auto')).toEqual({ devices: expected, warnings: [] });
});

test('devices that nvidia-smi lists are taken by index, UUID, the beginning of one, and the name of a slice', async () => {
  onPath({ TEST_DEVICES: sliced });
  const names = ['1', 'GPU-5c89', 'MIG-fbaf7d4c-bc14-5d04-bf3d-2c4d0b4e7d9a'];
  expect(await known(...names)).toEqual({ devices: names, warnings: [] });
});

test.each([
  [
    ['0', '7'],
    'there is no device 7; nvidia-smi -L has 0 (GPU-0a5f0000-1111-2222-3333-444444444444), 1 (GPU-0b5f0000-1111-2222-3333-444444444444)',
  ],
  [['GPU-99'], 'there is no device GPU-99'],
  [['0', 'GPU-0a5f'], '0 and GPU-0a5f are one device'],
  [['GPU-0'], 'GPU-0 may be 0 (GPU-0a5f0000'],
])('the devices %j are refused where nvidia-smi lists others, and the line says what there is', async (named, said) => {
  onPath({ TEST_DEVICES: two });
  await expect(known(...named)).rejects.toThrow(ConfigError);
  await expect(known(...named)).rejects.toThrow(said);
});

test('a list of devices is taken as it is, with a warning, where nvidia-smi fails, and auto is refused there', async () => {
  onPath({ TEST_DRIVER: "couldn't communicate with the NVIDIA driver" });
  const { devices, warnings } = await known('0', '1');
  expect(devices).toEqual(['0', '1']);
  expect(warnings).toEqual([expect.stringContaining('--gpus 0,1 could not be checked, and is taken as it is')]);
  await expect(known('auto')).rejects.toThrow(
    /^--gpus auto: nvidia-smi -L does not say: .*; see what nvidia-smi -L says/,
  );
});

test('the devices of pools are held against what nvidia-smi lists, and none is of two pools by another name', async () => {
  const start = (...flags: string[]) =>
    runMain(['--port', '0', '--data-dir', '/nosuch', ...flags], withProgram({ TEST_DEVICES: two }));
  expect(await start('--pool', 'big=0', '--pool', 'small=2')).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^evald: --pool: there is no device 2; nvidia-smi -L has 0 /m),
  });
  expect(await start('--pool', 'big=0', '--pool', 'small=GPU-0a5f')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--pool: 0 and GPU-0a5f are one device'),
  });
});

test('a server with --gpus auto has the devices that nvidia-smi lists, and as many runs at a time', async () => {
  const server = await startServer({ flags: ['--gpus', 'auto'], env: withProgram({ TEST_DEVICES: two }) });
  onTestFinished(async () => void (await server.stop()));
  const { engine } = await healthOf(server.url);
  expect(engine.devices?.map(({ name }) => name)).toEqual(['0', '1']);
  expect(server.log()).toContain('slots 2');
});

test('without nvidia-smi a server takes a list as it is and without a warning, and refuses auto in one line that says what to do', async () => {
  // A PATH with what the command itself needs, and no nvidia-smi.
  const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
  onTestFinished(() => removeFolder(folder));
  await symlink('/bin/sh', join(folder, 'sh'));
  const env = { PATH: folder };
  const server = await startServer({ flags: ['--gpus', '0-3'], env });
  onTestFinished(async () => void (await server.stop()));
  expect((await healthOf(server.url)).engine.devices).toHaveLength(4);
  expect(server.log()).not.toContain('nvidia-smi');
  const refused = startCommand(['serve', '--gpus', 'auto', '--port', '0', '--data-dir', join(folder, 'data')], env);
  expect(await refused.ended).toBe(2);
  expect(refused.stderr()).toBe(
    'evald: --gpus auto: nvidia-smi is not there to list devices; install it with the driver, put it on the PATH of evald, or name the devices, as --gpus 0-3\n',
  );
});
