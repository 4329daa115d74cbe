import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createJobOutput } from '../../../src/runner/results/jobOutput.ts';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { jobResultsSchema } from '../../../src/schemas/results/jobResults.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

test('tasks that are named like a property of every object are shown like all others', async () => {
  const folder = await temporaryFolder();
  const results = join(folder, 'r_results.json');
  const counts = { original: 3, effective: 2 };
  await writeFile(results, JSON.stringify({ results: { toString: {} }, 'n-samples': { toString: counts } }));
  const answers = { constructor: { answered: 2, empty: 0, failed: 0, cached: 0 } };
  const job = {
    ...{ job_id: 'j', status: 'completed', request: { model: 'm' }, result: { m: { results, samples: [] } } },
    ...{ metrics: {}, partial_metrics: null, partial_result: null, retry_of: null, failure_kind: null },
    ...{ answers, duration_seconds: 1, log: null, parts: null, attempts: [], imported: null, provenance: null },
  } as unknown as JobInfo;
  const { samples } = jobResultsSchema.parse(await createJobOutput(folder).results(job));
  expect(new Map(Object.entries(samples))).toEqual(
    new Map([
      ['toString', { ...counts, answered: null, empty: null, failed: null, cached: null }],
      ['constructor', { original: null, effective: null, ...answers.constructor }],
    ]),
  );
});
