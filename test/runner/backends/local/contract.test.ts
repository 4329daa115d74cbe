import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createLocalBackend } from '../../../../src/runner/backends/local/backend.ts';
import { launch, launchSpec, oneGpu, watchToEnd } from '../../../support/runs/localRun.ts';
import { describeBackend } from '../backendContract.ts';

describeBackend('local', { make: createLocalBackend });

test.each([
  [['0', '3'], {}, '0,3 PCI_BUS_ID'],
  [['GPU-5ebe9f43', 'MIG-c6d4f1ef'], { CUDA_DEVICE_ORDER: 'FASTEST_FIRST' }, 'GPU-5ebe9f43,MIG-c6d4f1ef FASTEST_FIRST'],
  [null, { CUDA_VISIBLE_DEVICES: '7' }, '7 none'],
])(
  'a run sees its own devices, counted as the bus does unless configured otherwise: %j, %j',
  async (devices, env, seen) => {
    const backend = createLocalBackend();
    const script = 'echo "$CUDA_VISIBLE_DEVICES $(printenv CUDA_DEVICE_ORDER || echo none)"';
    const spec = await launchSpec(['sh', '-c', script], { CUDA_VISIBLE_DEVICES: 'all of them', ...env });
    await watchToEnd(backend, await launch(backend, { ...spec, resources: { ...oneGpu, devices } }));
    expect(await readFile(spec.log, 'utf8')).toBe(`${seen}\n`);
  },
);
