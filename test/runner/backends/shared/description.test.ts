import { expect, test } from 'vitest';
import { createDescription, downBy } from '../../../../src/runner/backends/shared/description.ts';

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

test('an engine of which no machine takes work is down, and the first few are named with their states; one that takes work is enough', () => {
  const isUp = ({ state }: { state: string }) => state === 'idle';
  const nodes = Array.from({ length: 7 }, (_, index) => ({ name: `n${index + 1}`, state: 'down*' }));
  expect(downBy(nodes, isUp)).toEqual({
    down: 'none of its nodes takes work: n1 is down*, n2 is down*, n3 is down*, n4 is down*, n5 is down* and 2 more',
  });
  expect(downBy([...nodes, { name: 'n8', state: 'idle' }], isUp)).toEqual({});
  // Of one whose machines are not known nothing is known.
  expect(downBy([], isUp)).toEqual({});
});
