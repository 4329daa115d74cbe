import { expect } from 'vitest';
import { isEnd } from '../../../src/machines/job/jobSteps.ts';
import type { Transition } from '../../../src/machines/ports/journal.ts';
import { areWritten, type StopRequest } from '../../../src/machines/scheduler/stopRequests.ts';
import { Ledger } from '../random/ledger.ts';
import { jobOf, shareOf } from './environment.ts';
import { DEPTH, isPlain, type Move, type World } from './moves.ts';
import type { SystemState } from './system.ts';

/**
 * What a scheduler's books owe to the journal whatever its chart looks like: they say what is on disk; what is in flight is
 * what the journal was given and has not written, or will be given; and nothing waits for nothing.
 */
export function expectSoundBooks(world: World, state: SystemState, where: string): void {
  const { scheduler, log, writing, waiting, hasFailed, reported } = state;
  // A scheduler that has found a contradiction is over: a start from the disk makes new books.
  if (hasFailed) return;
  const {
    queue,
    holds,
    waitingBytes,
    running,
    pending,
    withdrawn,
    inFlight,
    unwritten,
    deferred,
    journalFault,
    stops,
  } = scheduler.context;
  const ledger = new Ledger(world.slots, isPlain(world));
  ledger.readOn([log]);
  const order = [...queue];
  if (isPlain(world)) expect(order, where).toEqual(ledger.queue);
  else expect(order.toSorted(), where).toEqual(ledger.queue.toSorted());
  expect(running.toSorted(), where).toEqual(ledger.running.toSorted());

  for (const pool of queue.pools) {
    const own = order.filter((jobId) => queue.poolOf(jobId) === pool);
    expect(
      own.map((jobId) => queue.position(jobId)),
      where,
    ).toEqual(own.map((_, position) => position));
  }
  expectSoundHolds(world, state, where);

  // Counted is what waits and what is about to, of each client and of all.
  const counted = [...queue, ...[...inFlight].flatMap(([jobId, { type }]) => (type === 'submitted' ? [jobId] : []))];
  const shares = counted.map((jobId) => waitingBytes.of(jobId) ?? { bytes: Number.NaN, client: null });
  expect(waitingBytes.total, where).toBe(shares.reduce((sum, { bytes }) => sum + bytes, 0));
  for (const [at, jobId] of counted.entries())
    expect(shares[at]?.bytes, where).toBe(shareOf(world, { job: jobId }).bytes);
  for (const name of new Set(Object.values(world.clients ?? {}))) {
    const own = shares.filter(({ client }) => client === name).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(waitingBytes.ofClient(name), where).toBe(own);
  }

  // What is caught up with is on its way and is still kept.
  const open = [...new Set([...writing, ...waiting, ...unwritten])].filter(
    ({ type }) =>
      type !== 'launched' &&
      type !== 'placed' &&
      type !== 'taskCompleted' &&
      type !== 'attemptFailed' &&
      type !== 'stopRequested',
  );
  const named = [
    ...new Set(open.map(({ type, jobId, imported }) => `${imported ? 'imported' : type} ${jobId}`)),
  ].toSorted();
  expect([...inFlight].map(([jobId, { type }]) => `${type} ${jobId}`).toSorted(), where).toEqual(named);
  if (inFlight.size === 0 && areWritten(stops)) expect(deferred, where).toEqual([]);

  // A request to stop is on disk, or on its way there, or known to be neither; its caller waits while it is on its way.
  const requests = (transitions: readonly Transition[]) =>
    transitions.flatMap(({ type, jobId }) => (type === 'stopRequested' ? [jobId] : [])).toSorted();
  const stopsWith = (isOne: (stop: StopRequest) => boolean) =>
    [...stops].flatMap(([jobId, stop]) => (isOne(stop) ? [jobId] : [])).toSorted();
  expect(
    stopsWith(({ isWritten }) => isWritten),
    where,
  ).toEqual(running.filter((id) => ledger.stopped.has(id)).toSorted());
  expect(
    stopsWith(({ isWritten, reply }) => !isWritten && reply === null),
    where,
  ).toEqual(requests(unwritten));
  expect(
    stopsWith(({ reply }) => reply !== null),
    where,
  ).toEqual(requests([...writing, ...waiting].filter((one) => !unwritten.includes(one))));
  if (journalFault === null) expect(unwritten, where).toEqual([]);
  if (scheduler.matches({ intake: 'open' })) expect(journalFault, where).toBeNull();

  // That the journal cannot be written is said once, and once that it can again.
  const timesOf = (what: string) => reported.filter((said) => said === what).length;
  const unrecovered = timesOf('tellFault') - timesOf('tellRecovery');
  if (scheduler.matches({ intake: 'open' })) expect(unrecovered, `said ${where}`).toBe(0);
  if (scheduler.matches({ intake: { closed: 'unwritable' } })) expect(unrecovered, `said ${where}`).toBe(1);

  // Pending is what was started and is on no node yet, by what is on disk; and there are no more than may be.
  const isBegun = (jobId: string) => {
    const of = log.filter((one) => one.jobId === jobId);
    const part = of.slice(of.findLastIndex(({ type }) => type === 'started' || type === 'taskCompleted'));
    const begins = world.pending === undefined ? ['launched', 'placed'] : ['placed'];
    return part.some(({ type }) => begins.includes(type));
  };
  expect(pending.toSorted(), where).toEqual(running.filter((jobId) => !isBegun(jobId)).toSorted());
  const mostPending = world.pending ?? Infinity;
  // The next part of a split job goes on, whatever waits.
  if (world.split === undefined)
    expect(pending.length + inFlight.starting.length, where).toBeLessThanOrEqual(mostPending);

  // What was launched is on disk, or on its way there.
  const isRecorded = (jobId: string) =>
    ledger.launched.has(jobId) ||
    [...writing, ...waiting, ...unwritten].some((one) => one.jobId === jobId && one.type === 'launched') ||
    scheduler.context.unlaunched.includes(jobId);
  for (const jobId of running)
    expect(isRecorded(jobId) || inFlight.has(jobId) || withdrawn.includes(jobId), `${jobId} ${where}`).toBe(true);

  const isFree =
    scheduler.matches({ intake: 'open' }) &&
    !scheduler.matches({ dispatch: 'paused' }) &&
    !scheduler.matches({ dispatch: 'blocked' });
  // With one folder for all, the next waits for the one that is in it; with devices, until it can have as many as it needs.
  const isHeld = world.folder !== undefined && running.length + inFlight.starting.length > 0;
  const gpusOf = (jobId: string | undefined) =>
    jobId === undefined ? 0 : jobOf(world, { job: jobId }).request.num_gpus;
  const { devices } = scheduler.context;
  if (devices !== null) {
    const owners = [...running, ...inFlight.starting];
    // Each has its own, and no other job has any.
    expect(owners.flatMap((jobId) => devices.of(jobId)).toSorted(), where).toEqual(
      devices.names.flatMap((name) => devices.ownersOf(name).map(() => name)).toSorted(),
    );
    for (const { devices: names, shares } of devices.pools)
      for (const name of names)
        expect(devices.ownersOf(name).length, `jobs on ${name} ${where}`).toBeLessThanOrEqual(shares);
    for (const jobId of owners) expect(devices.of(jobId).length, `devices of ${jobId} ${where}`).toBe(gpusOf(jobId));
  }
  const startable = order.filter((jobId) => !inFlight.has(jobId) && holds.of(jobId) === undefined);
  const hasRoom = pending.length + inFlight.starting.length < mostPending;
  if (!isFree || isHeld || !hasRoom || running.length + inFlight.starting.length >= world.slots) return;
  for (const pool of queue.pools) {
    const own = startable.filter((jobId) => queue.poolOf(jobId) === pool);
    const [next] = own;
    const isShort = devices !== null && devices.pick(gpusOf(next), pool) === null;
    if (!isShort) expect(own, `a slot is free ${where}`).toEqual([]);
    // What ends before the first one can begin does not wait for it.
    const { took = {} } = world;
    const ends = running.map((jobId) => took[jobId.charAt(0)] ?? 0);
    const mayPass = own
      .slice(1, 1 + DEPTH)
      .filter((jobId) => (took[jobId.charAt(0)] ?? Infinity) <= Math.min(...ends, ...inFlight.starting.map(() => 0)))
      .filter((jobId) => devices?.pick(gpusOf(jobId), pool) !== null);
    const passed = scheduler.context.passed.get(pool);
    const haveEnough = passed?.head === next && passed?.jobs.length === DEPTH;
    if (haveEnough) continue;
    expect(mayPass, `it may pass the first ${where}`).toEqual([]);
  }
}

/** What waits is held by what has not ended, and by checkpoints that were not seen, and by nothing else; what can never start is cancelled. */
function expectSoundHolds(world: World, { scheduler, log, seen }: SystemState, where: string): void {
  const { queue, holds, inFlight } = scheduler.context;
  const endOf = (id: string) => log.find(({ type, jobId }) => jobId === id && isEnd(type))?.type;
  const isHeld = (jobId: string) => holds.of(jobId) !== undefined;
  for (const jobId of queue) {
    const { options } = jobOf(world, { job: jobId });
    const after = options.after.filter((id) =>
      options.after_any ? endOf(id) === undefined : endOf(id) !== 'completed',
    );
    expect(holds.of(jobId)?.after ?? [], `${jobId} ${where}`).toEqual(after);
    const isUnseen = options.ready_file !== null && !seen.includes(jobId);
    expect((holds.of(jobId)?.checkpoint ?? null) !== null, `the checkpoint of ${jobId} ${where}`).toBe(isUnseen);
    const isDoomed = after.some((id) => endOf(id) !== undefined);
    if (isDoomed && scheduler.matches({ intake: 'open' }))
      expect(inFlight.has(jobId), `${jobId} is cancelled ${where}`).toBe(true);
  }
  // Held is what is passed over.
  for (const pool of queue.pools) {
    const free = [...queue].filter((jobId) => !isHeld(jobId) && queue.poolOf(jobId) === pool);
    expect([...free, undefined], where).toEqual([...free, undefined].map((_, ahead) => queue.next(ahead, pool)));
  }
  expect(scheduler.matches({ readiness: 'idle' }), where).toBe(holds.checkpoints === 0);
  expect(scheduler.matches({ readiness: 'looking' }), where).toBe(false);

  // What was started came after the ends that it waited for, and what was cancelled for another came after one that did not complete.
  const ends = new Map<string, string>();
  for (const transition of log) {
    const { jobId, type } = transition;
    if (isEnd(type)) ends.set(jobId, type);
    const { options } = jobOf(world, { job: jobId });
    const missing = options.after.filter((id) => (options.after_any ? !ends.has(id) : ends.get(id) !== 'completed'));
    if (type === 'started') expect(missing, `${jobId} was started ${where}`).toEqual([]);
    if (transition.type === 'cancelled' && transition.cancelledFor !== undefined)
      expect(
        missing.filter((id) => ends.has(id)),
        where,
      ).toContain(transition.cancelledFor);
  }
}

/** A run that has ended, however, ends its job: on disk, or on the way there. */
export function expectEnds(
  moves: readonly Move[],
  { scheduler, log, writing, waiting, hasFailed }: SystemState,
  where: string,
): void {
  if (hasFailed) return;
  const ends = [...new Set([...log, ...writing, ...waiting, ...scheduler.context.unwritten])].filter(
    ({ type }) => type === 'completed' || type === 'failed',
  );
  for (const move of moves) {
    if (move.type !== 'run.completes' && move.type !== 'run.fails' && move.type !== 'run.breaks') continue;
    expect(ends.filter(({ jobId }) => jobId === move.job).length, `${move.job} ${where}`).toBe(1);
  }
}
