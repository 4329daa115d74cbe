import { expect, test } from 'vitest';
import { shutdownPolicy } from '../../src/config/slots.ts';

test('runs end with the server on this machine, and an engine keeps them, unless configured otherwise', () => {
  expect(shutdownPolicy({ 'on-shutdown': null, backend: 'local' })).toBe('stop');
  for (const backend of ['slurm', 'ray'] as const)
    expect(shutdownPolicy({ 'on-shutdown': null, backend })).toBe('leave');
  for (const backend of ['local', 'slurm', 'ray'] as const)
    for (const said of ['stop', 'leave'] as const) expect(shutdownPolicy({ 'on-shutdown': said, backend })).toBe(said);
});
