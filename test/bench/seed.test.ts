import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { body } from '../../bench/body.ts';
import { seedJournal } from '../../bench/seed.ts';
import { submissionSchema } from '../../src/schemas/submission/submission.ts';
import { startServer } from '../support/server/server.ts';

test('what the benchmark submits is a request, and nothing in it is odd', () => {
  expect(submissionSchema.parse(body)).toMatchObject(body);
});

test('a journal that the benchmark fills is one that a server reads, with the ids that it noted', async (context) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'evald-bench-test-'));
  context.onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const ids = join(dataDir, 'ids');
  seedJournal(join(dataDir, 'data'), 50, ids);
  const noted = (await readFile(ids, 'utf8')).trim().split('\n');
  const server = await startServer({ dataDir: join(dataDir, 'data'), flags: ['--slots', '1'] });
  context.onTestFinished(async () => void (await server.stop()));
  const shown = await Promise.all(noted.map(async (id) => (await fetch(`${server.url}/jobs/${id}`)).json()));
  expect(shown).toHaveLength(50);
  expect(shown).toMatchObject(noted.map((job_id) => ({ job_id, request: body })));
});
