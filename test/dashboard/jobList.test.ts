import { expect, onTestFinished, test, vi } from 'vitest';
import { type Client, ClientError } from '../../src/client/index.ts';
import { createJobList } from '../../src/dashboard/views/jobs/jobList.ts';
import { shownJob } from '../support/jobs/shownJob.ts';

test('a list of jobs that has no answer asks once for each row that is shown, and for the rest when it is told to', async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const ids = Array.from({ length: 60 }, (_, number) => `job-${number}`);
  let isAway = true;
  const asked: string[] = [];
  const client = {
    jobs: async () => ({ jobs: ids.map((id) => shownJob(id, { status: 'running' })), next_cursor: null }),
    job: async (id: string) => {
      asked.push(id);
      if (isAway) throw new ClientError({ code: 'unreachable', isLost: false }, 'It is away');
      return shownJob(id, { status: 'running' });
    },
  } as unknown as Client;
  const list = createJobList(client);
  await list.open({ order: 'newest' });
  for (const id of ids) list.watch(id);
  list.readAgain('running');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked.length).toBeLessThanOrEqual(ids.length);
  isAway = false;
  asked.length = 0;
  list.readAgain('running');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(new Set(asked)).toEqual(new Set(ids));
});
