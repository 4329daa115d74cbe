import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { runMain } from '../support/server/runMain.ts';

test('runs write where --runs-dir says, the journal stays in --data-dir, and neither is mixed up after a restart', async (context) => {
  const runs = await countedRuns(context);
  const runsDir = join(runs.folder, 'shared');
  const server = await runs.start({ flags: ['--runs-dir', runsDir] });
  await runs.hold();
  const id = await submit(server.url, runs.request('a'));
  const { log } = await jobWhen(server.url, id, (job) => job.log !== null);
  expect(log).toContain(join(runsDir, 'outputs'));
  expect(existsSync(join(runsDir, 'runs', id))).toBe(true);
  const names = await readdir(runs.dataDir);
  expect(names).toContain('journal.db');
  expect(names).not.toContain('runs');
  await server.kill();

  // Elsewhere it would look as if the job had never been launched.
  const refused = await runMain(['--port', '0', '--data-dir', runs.dataDir, '--harness', 'demo']);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stderr).toContain(
    `jobs run that were started with --runs-dir ${runsDir}; start evald so until they have ended`,
  );

  const next = await runs.start({ flags: ['--runs-dir', runsDir] });
  await runs.release();
  expect(await endedJob(next.url, id)).toMatchObject({ status: 'completed' });
  await next.stop();

  const last = await runs.start();
  expect(await endedJob(last.url, id)).toMatchObject({ status: 'completed' });
  expect(await runs.runs()).toEqual(['a']);
});
