import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Exit } from '../../../src/machines/ports/runner.ts';
import { readOomKills } from '../../../src/runner/backends/local/oomKills.ts';
import type { Harness } from '../../../src/runner/harnesses/contract.ts';
import { createLmmsEvalHarness } from '../../../src/runner/harnesses/lmmsEval/harness.ts';
import { createConclusion } from '../../../src/runner/results/conclude.ts';
import { runReader } from '../../../src/runner/results/reader/runReader.ts';
import { outcomeText } from '../../../src/schemas/job/outcomeText.ts';
import { request } from '../../support/requests/request.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';

const harness: Harness = createLmmsEvalHarness({ python: 'python3', extraArgs: [] });
const conclude = createConclusion({ harness, resultsWait: 0 });
const KILLED = `Traceback (most recent call last):
  File "/x"
torch.distributed.elastic.multiprocessing.errors.ChildFailedError: 
Root Cause (first observed failure):
[0]:
  rank      : 1 (local_rank: 1)
  exitcode  : -9 (pid: 18822)  (SIGKILL)
`;

/** Concludes a run, and tells the first line of its error. @param kills how many more the kernel has killed since its launch. */
async function firstLine(exit: Exit, log: string, kills: number): Promise<string> {
  const state = await temporaryFolder();
  await writeFile(join(state, 'log'), log);
  const { cgroup, machine } = readOomKills();
  const noted = { cgroup: cgroup === null ? null : cgroup - kills, machine: machine === null ? null : machine - kills };
  await writeFile(join(state, 'oom-kills.json'), JSON.stringify(noted));
  const prepared = { output: state, ownOutput: true, log: join(state, 'log'), before: [] };
  const outcome = await conclude({
    request: request(),
    prepared,
    exit,
    stopReason: null,
    state: async () => state,
    reader: runReader,
  });
  if (outcome.status !== 'failed') throw new Error('it completed');
  return outcomeText(outcome).split('\n')[0] ?? '';
}

test('a run that was killed while the kernel killed for memory says so, and no other does', async () => {
  const killed: Exit = { kind: 'signal', signal: 'SIGKILL' };
  expect(await firstLine(killed, '', 1)).toMatch(/^Evaluation was ended for its memory: out of memory: the kernel/);
  expect(await firstLine(killed, '', 0)).toMatch(/^Evaluation failed with return code -9\. Last lines of/);
  expect(await firstLine({ kind: 'code', code: 137 }, '', 1)).toMatch(/^Evaluation was ended for its memory: out/);
  expect(await firstLine({ kind: 'code', code: 1 }, KILLED, 1)).toMatch(
    /^Evaluation was ended for its memory: out of memory: .*; rank 1 was ended by SIGKILL$/,
  );
  expect(await firstLine({ kind: 'code', code: 1 }, 'ValueError', 1)).not.toContain('memory');
  expect(await firstLine({ kind: 'signal', signal: 'SIGTERM' }, '', 1)).not.toContain('memory');
});

test('output that cannot be read is looked at again as long as results are waited for', async () => {
  const folder = await temporaryFolder();
  const prepared = { output: folder, ownOutput: true, log: join(folder, 'log'), before: [] };
  const run = {
    request: request(),
    prepared,
    exit: { kind: 'code' as const, code: 0 },
    stopReason: null,
    state: async () => null,
    reader: runReader,
  };
  const outcomeAfter = async (failures: number, resultsWait: number) => {
    let looks = 0;
    const judge: Harness['judge'] = async () => {
      looks += 1;
      if (looks <= failures) throw new Error('ESTALE: stale file handle');
      return { status: 'completed', result: {}, metrics: {}, warnings: [] };
    };
    return createConclusion({ harness: { ...harness, judge }, resultsWait, pause: async () => {} })(run);
  };
  expect(await outcomeAfter(3, 60)).toMatchObject({ status: 'completed' });
  expect(await outcomeAfter(1_000, 60)).toMatchObject({ kind: 'harness', reason: expect.stringContaining('ESTALE') });
  expect(await outcomeAfter(1, 0)).toMatchObject({ kind: 'harness' });
});
