import { test } from 'vitest';
import { describeWith, lmEval } from '../support/needs.ts';
import { expectOneQueue } from './oneQueue.ts';

describeWith(lmEval, 'several harnesses in one queue', () => {
  test('a job of each harness goes through one queue, in order, and each has the numbers of its own harness', async (context) => {
    await expectOneQueue(context, ['--slots', '1']);
  }, 900_000);
});
