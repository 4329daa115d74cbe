import { expect, test } from 'vitest';
import { createDescription } from '../../../../src/runner/backends/shared/description.ts';

test('however many ask at once, the engine is looked at once', async () => {
  let looks = 0;
  const describe = createDescription('slurm', async () => {
    looks += 1;
    return { queued: 2, running: 1, nodes: [{ name: 'n1', state: 'idle' }] };
  });
  const told = await Promise.all(Array.from({ length: 100 }, () => describe()));
  expect(looks).toBe(1);
  const state = {
    name: 'slurm',
    reachable: true,
    reason: null,
    queued: 2,
    running: 1,
    nodes: [{ name: 'n1', state: 'idle' }],
  };
  expect(new Set(told)).toEqual(new Set([state]));
});

test('an engine that cannot be seen is described as away, with the reason', async () => {
  const describe = createDescription('ray', async () => {
    throw new Error('connect ECONNREFUSED');
  });
  const away = {
    name: 'ray',
    reachable: false,
    reason: 'connect ECONNREFUSED',
    queued: null,
    running: null,
    nodes: [],
  };
  expect(await describe()).toEqual(away);
});
