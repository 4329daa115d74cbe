import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createThreadedReader } from '../../../../src/runner/results/reader/threadedReader.ts';
import { request } from '../../../support/requests/request.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const reader = createThreadedReader({ most: 1, seconds: 600 });
afterAll(() => reader.close());

test('a run is judged in a thread as it is judged here', async () => {
  const output = await temporaryFolder();
  const prepared = { output, ownOutput: true, log: join(output, 'log'), before: [] };
  const limits = { failed: 0.01, empty: 0.5 };
  const outcome = await reader.judge('lmms-eval', prepared, request(), { operatorOptions: [], limits, hung: null });
  expect(outcome).toMatchObject({ status: 'failed', kind: 'noResults' });
});
