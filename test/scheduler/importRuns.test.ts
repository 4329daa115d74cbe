import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import type { FoundResults, ImportedRun } from '../../src/machines/ports/imports.ts';
import { createImports, type Import } from '../../src/scheduler/importRuns.ts';
import { request } from '../support/requests/request.ts';

const FILES = 2_300;

/** A folder of many results files, beside a record that keeps what is imported. */
function folderOfMany() {
  const found = Array.from({ length: FILES }, (_, n): FoundResults => {
    return { path: `m/${n}_results.json`, harness: 'lmms-eval', samples: [] };
  });
  const record = new Map<string, Import>();
  const read = (dir: string, path: string): ImportedRun => ({
    ...{ harness: 'lmms-eval', file: `${dir}/${path}`, hash: `hash of ${path}`, request: request(), warnings: [] },
    ...{ startedAt: 0, endedAt: 1, outcome: { status: 'completed', result: {}, metrics: {}, warnings: [] } },
  });
  const importRuns = createImports({
    ...{ admit: (dir) => dir, resolveFolder: (dir) => dir, forms: null, now: () => 10, prefix: 'job-' },
    reader: {
      findResults: async () => ({ found, isCut: false }),
      readImport: async (dir, { path }, _, known) => {
        const run = read(dir, path);
        return known.includes(run.hash) ? { known: run.hash } : { run };
      },
    },
    journal: {
      list: () => ({ jobs: [], next: null, size: 0, isCut: false }),
      resultFiles: (name) =>
        [...(record.has(name) ? [record.get(name) as Import] : [])].map(({ job }) => ({
          folder: dirname(job.imported?.file ?? ''),
          jobId: job.jobId,
          hash: job.idempotency?.requestHash ?? null,
        })),
    },
    runs: { folderOf: () => null },
    scheduler: {
      importRun: async (run) => {
        record.set(basename(run.job.imported?.file ?? ''), run);
        return { jobId: run.job.jobId, repeated: false };
      },
    },
  });
  return () => importRuns({ dir: '/results', labels: {} }, null);
}

test('a folder of more results files than are read at once is imported whole when it is asked again, and answers stay bounded', async () => {
  const ask = folderOfMany();
  const answers = [await ask(), await ask(), await ask(), await ask()];
  expect(answers.map(({ imported }) => imported.length)).toEqual([1_000, 1_000, 300, 0]);
  const files = answers.flatMap(({ imported }) => imported.map(({ file }) => file));
  expect(new Set(files).size).toBe(FILES);
  expect(answers[0]?.skipped).toEqual([
    {
      file: '/results',
      reason: `it has ${FILES} results files, and at most 1000 new ones are read at once: ask again for the others`,
    },
  ]);
  expect(answers[3]?.skipped).toHaveLength(1_001);
  expect(answers[3]?.skipped.at(-1)?.reason).toBe('1300 more were imported before, or are of this server');
});
