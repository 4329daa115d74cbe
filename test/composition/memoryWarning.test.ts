import { expect, test } from 'vitest';
import { memoryWarning } from '../../src/composition/startChecks.ts';

test('a start warns when a full queue would not fit into the memory that Node takes, and says how to allow more', () => {
  expect(memoryWarning(100_000, 4_300_000_000)).toBeNull();
  expect(memoryWarning(1_000_000, 4_300_000_000)).toBeNull();
  expect(memoryWarning(5_000_000, 4_300_000_000)).toBe(
    '5000000 waiting jobs (--max-queue) may take 20.0 GB of memory, more than the 4.3 GB at which Node ends this process: allow less, or start with NODE_OPTIONS=--max-old-space-size=19074',
  );
});
