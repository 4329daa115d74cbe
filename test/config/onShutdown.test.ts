import { expect, test } from 'vitest';
import { fateOfRuns } from '../../src/config/onShutdown.ts';

test('runs end with the server on this machine, and an engine keeps them, unless it is said otherwise', () => {
  expect(fateOfRuns({ 'on-shutdown': null, backend: 'local' })).toBe('stop');
  for (const backend of ['slurm', 'ray'] as const) expect(fateOfRuns({ 'on-shutdown': null, backend })).toBe('leave');
  for (const backend of ['local', 'slurm', 'ray'] as const)
    for (const said of ['stop', 'leave'] as const) expect(fateOfRuns({ 'on-shutdown': said, backend })).toBe(said);
});
