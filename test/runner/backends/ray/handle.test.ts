import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { noteLaunch, submissionId } from '../../../../src/runner/backends/ray/handle.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const named = { jobId: 'j1', name: 'evald:m:t+1' };

/** The state folders of three launches of one job, or of a part of it. @param given the ids that the first ones gave to Ray. */
async function launches(given: readonly string[] = [], part = '') {
  const runs = join(await temporaryFolder(), 'j1', part);
  const states = ['1', '2', '3'].map((number) => join(runs, number));
  for (const state of states) await mkdir(state, { recursive: true });
  for (const [index, id] of given.entries()) {
    const state = states[index] ?? '';
    const handle = { backend: 'ray' as const, id, state, shared: true, log: '/log', logStart: 0 };
    await noteLaunch({ handle, submission: null });
  }
  const [first = '', second = '', third = ''] = states;
  return { first, second, third, takeBack: (state: string) => mkdir(join(state, 'claim')) };
}

test('a submission is called by what runs and by the whole id of its job; a part of a split job by its number too', async () => {
  expect(await submissionId(named, (await launches()).first)).toBe('evald:m:t+1:j1');
  expect(await submissionId(named, (await launches([], 'part-2')).first)).toBe('evald:m:t+1:j1-part-2');
});

test('a launch after one of which it is not known whether it arrived has the same id, also where an earlier version gave it', async () => {
  const { second } = await launches(['evald-j1']);
  expect(await submissionId(named, second)).toBe('evald-j1');
});

test('a launch after one that was taken back has an id of its own, and the one after that the same', async () => {
  const { first, second, third, takeBack } = await launches(['evald:m:t+1:j1', 'evald:m:t+1:j1-2']);
  await takeBack(first);
  expect(await submissionId(named, second)).toBe('evald:m:t+1:j1-2');
  expect(await submissionId(named, third)).toBe('evald:m:t+1:j1-2');
});
