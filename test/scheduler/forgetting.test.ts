import { describe, expect, test } from 'vitest';
import { createRetention, type RetentionListeners } from '../../src/scheduler/retention.ts';
import { cancelled, submitted } from '../journal/lives.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';

/** A history of two jobs at most, or of an hour at most, of which a test decides which folders can be deleted. */
async function history(ended: number, listeners: RetentionListeners = {}) {
  const { journal } = controlledJournal();
  const jobIds = Array.from({ length: ended }, (_, n) => `j${n}`);
  await journal.append([...jobIds.map(submitted), ...jobIds.map((jobId, at) => cancelled(jobId, at))]);
  const stuck = new Set<string>();
  const problems: string[] = [];
  const forgotten: (readonly string[])[] = [];
  let now = ended;
  const prune = createRetention(
    journal,
    async ({ jobId }) => {
      if (stuck.has(jobId)) throw new Error('EBUSY: resource busy');
    },
    { jobs: 2, age: 1e9 },
    () => now,
    { onForgotten: (ids) => forgotten.push(ids), onProblem: (message) => problems.push(message), ...listeners },
  );
  const pass = (milliseconds: number) => {
    now += milliseconds;
  };
  const kept = () => journal.restore(ended).map(({ jobId }) => jobId);
  return { journal, prune, stuck, problems, forgotten, kept, pass };
}

describe('the history', () => {
  test('the history says which jobs it has forgotten', async () => {
    const { prune, forgotten, kept } = await history(5);
    await prune();
    expect([forgotten, kept()]).toEqual([[['j0', 'j1', 'j2']], ['j3', 'j4']]);
    await prune();
    expect(forgotten).toHaveLength(1);
  });

  test('the history forgets thousands of jobs in batches, between which other work is done', async () => {
    const turns: number[] = [];
    const { prune, forgotten, kept } = await history(3_000, { onForgotten: (ids) => turns.push(ids.length) });
    let others = 0;
    const count = () => {
      others++;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    await prune();
    clearImmediate(turn);
    expect(forgotten).toEqual([]);
    expect(Math.max(...turns)).toBeLessThanOrEqual(200);
    expect(others).toBeGreaterThanOrEqual(turns.length);
    expect(kept()).toEqual(['j2998', 'j2999']);
  });

  test('the history keeps a job whose folders cannot be deleted, says so once, and goes on with the others', async () => {
    const { journal, prune, stuck, problems, kept } = await history(5);
    stuck.add('j0').add('j2');
    await prune();
    expect(kept()).toEqual(['j0', 'j2', 'j3', 'j4']);
    await journal.append([submitted('j5'), cancelled('j5', 5)]);
    await prune();
    expect(kept()).toEqual(['j0', 'j2', 'j4', 'j5']);
    expect(problems).toEqual([expect.stringMatching(/job j0 .*EBUSY/), expect.stringMatching(/job j2 .*EBUSY/)]);
  });

  test('the history forgets what is behind more than a batch of folders that cannot be deleted', async () => {
    const { prune, stuck, problems, kept } = await history(1_000);
    for (let n = 0; n < 500; n++) stuck.add(`j${n}`);
    await prune();
    expect(problems).toHaveLength(500);
    expect(kept()).toEqual([...stuck, 'j998', 'j999']);
  });

  test('the history tries such a folder again after an hour, without another message', async () => {
    const { prune, stuck, problems, kept, pass } = await history(3);
    stuck.add('j0');
    await prune();
    pass(59 * 60_000);
    stuck.clear();
    await prune();
    expect(kept()).toEqual(['j0', 'j1', 'j2']);
    pass(60_000);
    await prune();
    expect(kept()).toEqual(['j1', 'j2']);
    expect(problems).toHaveLength(1);
  });

  test('the history is pruned once at a time, and once more for all that asked meanwhile', async () => {
    const { journal, prune, forgotten } = await history(3);
    const first = prune();
    await journal.append([submitted('j3'), cancelled('j3', 3), submitted('j4'), cancelled('j4', 4)]);
    await Promise.all([first, prune(), prune()]);
    expect(forgotten.flat()).toEqual(['j0', 'j1', 'j2']);
  });

  test('the history is left alone from the moment on that its journal is about to be closed', async () => {
    const closing = new AbortController();
    const { prune, kept } = await history(1_000, {
      signal: closing.signal,
      onForgotten: () => closing.abort(),
    });
    await prune();
    await prune();
    expect(kept()).toHaveLength(800);
  });
});
