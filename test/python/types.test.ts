import { expect, test } from 'vitest';
import { describeWith, pythonClient } from '../support/needs.ts';
import { runModule } from '../support/python/package.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

describeWith(pythonClient, 'the Python package and its tests', () => {
  test('mypy finds nothing in their types, strictly', async () => {
    const cache = await temporaryFolder();
    const { code, said } = await runModule(['mypy', '--cache-dir', cache]);
    expect(code, said).toBe(0);
  });
});
