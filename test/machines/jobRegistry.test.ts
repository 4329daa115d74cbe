import { expect, test } from 'vitest';
import type { InspectionEvent } from 'xstate';
import { createBoard } from '../../src/machines/scheduler/board.ts';
import { JobRegistry } from '../../src/machines/scheduler/jobRegistry.ts';
import { JobScheduler } from '../../src/scheduler/jobScheduler.ts';
import { controlledJournal } from '../support/jobs/controlledJournal.ts';
import { newJob } from '../support/jobs/newJob.ts';
import { request } from '../support/requests/request.ts';
import { controlledRuns } from '../support/runs/controlledRuns.ts';
import { until } from '../support/waiting/until.ts';

/** A started scheduler, and the ids of the actors that it has made. */
async function inspected(journal = controlledJournal()) {
  const actors: string[] = [];
  const inspect = (event: InspectionEvent) => {
    if (event.type === '@xstate.actor' && 'id' in event.actorRef) actors.push(String(event.actorRef.id));
  };
  const scheduler = new JobScheduler({ runs: controlledRuns().runs, journal: journal.journal, inspect });
  await scheduler.start();
  return { scheduler, journal, actors };
}

const submit = async (scheduler: JobScheduler, count: number): Promise<string[]> => {
  const added = await Promise.all(Array.from({ length: count }, () => scheduler.addJob(request())));
  return added.map(({ jobId }) => jobId);
};

test('a job is an actor when it is acknowledged, and the same one until it has ended', async () => {
  const { scheduler, actors } = await inspected();
  const [first = '', second = ''] = await submit(scheduler, 2);
  expect(actors).toContain(first);
  expect(actors).toContain(second);
  scheduler.getJob(second);
  await scheduler.cancelJob(second);
  expect(scheduler.getJob(second)?.status).toBe('cancelled');
  expect(actors.filter((id) => id === second)).toHaveLength(1);
});

test('the jobs of an earlier server are actors again soon after the start, each once, and answered about before', async () => {
  const before = await inspected();
  const [first = '', ...waiting] = await submit(before.scheduler, 350);
  await until(() => before.scheduler.getJob(first)?.log !== null);
  const shown = waiting.map((jobId) => before.scheduler.getJob(jobId));

  const { scheduler, actors } = await inspected(before.journal);
  expect(waiting.map((jobId) => scheduler.getJob(jobId))).toEqual(shown);
  expect(
    actors.filter((id) => waiting.includes(id)),
    'asking makes none',
  ).toEqual([]);
  await scheduler.whenRestored();
  expect(actors.filter((id) => waiting.includes(id)).toSorted()).toEqual(waiting.toSorted());
  expect(waiting.map((jobId) => scheduler.getJob(jobId))).toEqual(shown);
  expect(scheduler.getQueueStats()).toMatchObject({ runningJob: first, queued: waiting });
});

test('a job of an earlier server can be cancelled before it is an actor again', async () => {
  const before = await inspected();
  const ids = await submit(before.scheduler, 350);
  const last = ids.at(-1) ?? '';

  const { scheduler, actors } = await inspected(before.journal);
  const cancelled = scheduler.cancelJob(last);
  await cancelled;
  expect(scheduler.getJob(last)).toMatchObject({ status: 'cancelled', request: request() });
  await scheduler.whenRestored();
  expect(actors.filter((id) => id === last)).toHaveLength(1);
  expect(scheduler.getQueueStats().cancelled).toBe(1);
});

test('a row that cannot be read keeps none of the others from coming back', async () => {
  const before = await inspected();
  const ids = await submit(before.scheduler, 5);
  const [, , broken = ''] = ids;
  const { journal } = before.journal;
  const find: typeof journal.find = (jobId) => {
    if (jobId === broken) throw new Error('damaged');
    return journal.find(jobId);
  };
  const { scheduler, actors } = await inspected({ ...before.journal, journal: { ...journal, find } });
  await scheduler.whenRestored();
  expect(actors.filter((id) => ids.includes(id)).toSorted()).toEqual(ids.filter((id) => id !== broken).toSorted());
  expect(scheduler.getHealth()).toMatchObject({ queued: 4, running: 1, degraded: null });
});

test('of a queue too long for memory only the first part is brought back as actors, the rest when something happens to it', async () => {
  const { journal } = controlledJournal();
  const ids = ['a', 'b', 'c', 'd', 'e'];
  await journal.append(ids.map((jobId) => ({ type: 'submitted', jobId, at: 1, job: newJob(jobId) })));
  const board = createBoard();
  const { find, findContent } = journal;
  const registry = new JobRegistry({ board, restored: journal.restore(0), find, findContent, mostAhead: 3 });
  expect([registry.bringBack(2), registry.bringBack(2), registry.bringBack(2)]).toEqual([true, false, false]);
  expect(board.getSnapshot().context.counts.queued).toBe(5);
  const before = registry.record('e');
  expect(before).toEqual(find('e'));
  registry.send('e', { type: 'job.reprioritise', priority: 7 });
  expect(registry.record('e')).toMatchObject({ ...before, options: { ...before?.options, priority: 7 } });
  registry.send('d', { type: 'job.cancel', at: 3 });
  expect(registry.record('d')?.status).toBe('cancelled');
  expect(registry.bringBack(2)).toBe(false);
});
