import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { areWritten } from '../../../src/machines/scheduler/stopRequests.ts';
import { EvaldError } from '../../../src/schemas/errors/errors.ts';
import { request } from '../../support/requests/request.ts';
import { follow } from '../follow.ts';
import { expectEnds, expectSoundBooks } from './books.ts';
import { importOf } from './environment.ts';
import { facadeSubject } from './facadeSubject.ts';
import type { Move, World } from './moves.ts';
import { explore, isOver, modelOf } from './paths.ts';
import type { SystemState } from './system.ts';
import { worlds } from './worlds.ts';

type Facade = Awaited<ReturnType<typeof facadeSubject>>;

// XState's development build warns of each stop that comes when a run has just ended: here thousands do.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

describe.for(worlds)('a JobScheduler with $name', (world) => {
  const { states, paths } = explore(world);

  test(`does what its chart does, on all shortest paths (${states.length} states, ${paths.length} paths); the refused changes nothing`, async () => {
    const model = modelOf(world);
    for (const moves of paths) {
      const facade = await facadeSubject(world);
      const state = await follow(moves, model, facade.subject);
      const where = `after ${JSON.stringify(moves)}`;
      expectPositions(facade, where);
      if (isIdle(state)) expect(facade.open.size, `questions without an answer ${where}`).toBe(0);
      expectEnds(moves, state, where);
      expectAnswers(facade, state, where);
      await expectRefusals(facade, world, state, where);
      // Where jobs are forgotten, that is a move of its own.
      if (world.history === undefined) await expectAnEnd(facade, world, state, where);
      const isCutShort = state.hasFailed && moves.some(({ type }) => type === 'scheduler.shutdown');
      expect(facade.problems, where).toEqual(isCutShort ? ['Error: it was recorded otherwise'] : []);
    }
  });
});

/** Nothing is under way: whoever asked something was answered. What ends with a contradiction answers nobody. */
function isIdle({ scheduler: { context }, hasFailed }: SystemState): boolean {
  return context.inFlight.size === 0 && areWritten(context.stops) && context.deferred.length === 0 && !hasFailed;
}

/** Positions are 0..n-1 without a gap, and only jobs that wait have one. */
function expectPositions({ scheduler }: Facade, where: string): void {
  const { queued, runningJobs } = scheduler.getQueueStats();
  const positions = queued.map((id) => scheduler.getJobWithPosition(id)?.position_in_queue);
  expect(positions, where).toEqual(queued.map((_, position) => position));
  for (const id of runningJobs) expect(scheduler.getJobWithPosition(id)?.position_in_queue, where).toBeNull();
}

/** What was accepted is on disk, what was refused is not, and only what the journal still has is not answered. */
function expectAnswers(
  { answers, submitted }: Facade,
  { log, writing, waiting, scheduler, hasFailed }: SystemState,
  where: string,
) {
  // What ends with a contradiction answers nobody: its clients see the connection go.
  if (hasFailed) return;
  const written = log.flatMap((one) => (one.type === 'submitted' ? [one.job] : []));
  const underWay = [...writing, ...waiting].flatMap((one) => (one.type === 'submitted' ? [one.job] : []));
  const keys = [...written, ...underWay].map(({ idempotency }) => idempotency?.key);
  for (const { jobId, key } of submitted) {
    const answer = answers.get(jobId);
    const isWritten = written.some((job) => job.jobId === jobId);
    if (answer === 'accepted') expect(isWritten || keys.includes(key ?? 'none'), `${jobId} ${where}`).toBe(true);
    if (answer === 'refused') expect(isWritten, `${jobId} ${where}`).toBe(false);
    const isDeferred = scheduler.context.deferred.some((command) => 'job' in command && command.job.jobId === jobId);
    const isUnderWay = isDeferred || underWay.some((job) => job.jobId === jobId);
    expect(answer === undefined, `${jobId} waits for an answer ${where}`).toBe(isUnderWay);
  }
}

/** When all that is under way is written, everybody has an answer, and the books are those of the journal. */
async function expectAnEnd(facade: Facade, world: World, from: SystemState, where: string): Promise<void> {
  const model = { ...modelOf(world), initial: from };
  const rest: Move[] = [];
  let state = from;
  const isUnderWay = () => state.writing.length > 0 || state.scheduler.context.unwritten.length > 0;
  while (isUnderWay() && !isOver(state)) {
    const move: Move = { type: state.writing.length > 0 ? 'journal.commits' : 'journal.recovers' };
    state = model.next(state, move);
    rest.push(move);
  }
  await follow(rest, model, facade.subject);
  expectAnswers(facade, state, `at the end, ${where}`);
  expectSoundBooks(world, state, `at the end, ${where}`);
  expect(state.scheduler.context.deferred, where).toEqual([]);
  const { asked, answered } = facade.cancellations;
  if (!state.hasFailed) expect(answered, `cancellations ${where}`).toBe(asked);
}

/** Whatever is refused in this state says why, and changes nothing. */
async function expectRefusals(facade: Facade, world: World, state: SystemState, where: string) {
  const { context, value } = state.scheduler;
  const { scheduler, subject, journal, idOf } = facade;
  const before = await subject.visible();
  const commits = journal.commits.length;
  const isClosed = typeof value.intake === 'object' || state.hasFailed;

  if (isOver(state)) await expect(scheduler.pauseQueue(), where).rejects.toMatchObject({ code: 'intakeClosed' });
  else {
    if (context.paused) await scheduler.pauseQueue();
    // Where nothing can be started, that has it tried at once.
    else if (context.blockedBy === null) await scheduler.resumeQueue();
  }
  for (const name of ['a', 'b', 'c', 'nobody']) {
    if (!context.running.includes(name) && (!context.inFlight.has(name) || state.hasFailed)) {
      await expect(scheduler.stopJob(idOf(name)), where).rejects.toThrow(EvaldError);
    }
    // A change under way is waited for: that is no refusal yet.
    if (context.inFlight.has(name) && !isClosed) continue;
    if (isClosed || !context.queue.has(name)) {
      await expect(scheduler.cancelJob(idOf(name)), where).rejects.toThrow(EvaldError);
    }
  }
  if (isClosed) {
    await expect(scheduler.addJob(request()), where).rejects.toMatchObject({ code: 'intakeClosed' });
    const run = importOf(world, { job: 'late', key: 'late' });
    await expect(scheduler.importRun(run), where).rejects.toMatchObject({ code: 'intakeClosed' });
  }
  await setImmediate();
  expect(await subject.visible(), where).toEqual(before);
  expect(journal.commits.length, where).toBe(commits);
}
