import type { ActorLogic, ExecutableActionObject, Snapshot, SnapshotFrom } from 'xstate';
import { jobSteps } from '../../../src/machines/job/jobSteps.ts';
import type { Transition } from '../../../src/machines/ports/journal.ts';
import { createBoard } from '../../../src/machines/scheduler/board.ts';
import { JobRegistry } from '../../../src/machines/scheduler/jobRegistry.ts';
import type { JournalWriterEvent } from '../../../src/machines/scheduler/journalWriter.ts';
import { schedulerMachine } from '../../../src/machines/scheduler/scheduler.ts';
import type { SchedulerInput } from '../../../src/machines/scheduler/schedulerContext.ts';
import type { SchedulerEvent } from '../../../src/machines/scheduler/schedulerEvents.ts';
import { newRecord } from '../../../src/schemas/job/jobRecord.ts';
import { noRetries } from '../../../src/schemas/submission/retry.ts';
import { controlledRuns } from '../../support/runs/controlledRuns.ts';
import { scopeOf } from '../pureScope.ts';
import { advance, type Effect, type Environment, fault, type Given, jobOf, runOf, shareOf } from './environment.ts';
import { DEPTH, durationsIn, type Move, poolsOf, type World } from './moves.ts';

export type SchedulerSnapshot = SnapshotFrom<typeof schedulerMachine>;

/** The scheduler chart and what surrounds it, as one value: what is explored, and what the others are compared with. */
export type SystemState = Environment & {
  scheduler: SchedulerSnapshot;
  /** It met a contradiction with the journal, and has ended. */
  hasFailed: boolean;
  /** What was said of the journal, in order. */
  reported: readonly string[];
} & Extract<Snapshot<undefined>, { status: 'active' }>;

/**
 * The scheduler as pure logic: every move is a function of the state. Actions are not executed but read: what goes to the
 * journal, which runners are made. The books (`queue`, `running`, `inFlight` …) are values, so that the guards can be
 * asked in any state. The registry only has to know the jobs' requests; the journal's keys are those of the log.
 */
export function systemOf(world: World): ActorLogic<SystemState, Move> {
  return {
    getInitialSnapshot: () => initialState(world),
    getPersistedSnapshot: (state) => state,
    transition: (state, move) => nextState(world, state, move),
  };
}

export function initialState(world: World): SystemState {
  const log: Transition[] = world.restored ? earlierLog(world) : [];
  const [snapshot] = initially(inputOf(world));
  const stored = namesIn(world).map((name) => ({
    jobId: name,
    status: 'queued' as const,
    ...{ priority: 0, sequence: 0, bytes: 0, submittedBy: null, pool: null, mayBeHeld: false },
    record: { ...newRecord(jobOf(world, { job: name })), run: runOf(world, name) },
  }));
  const find = (jobId: string) => stored.find((job) => job.jobId === jobId)?.record;
  const scheduler = withContext(snapshot, {
    registry: new JobRegistry({ board: createBoard(), restored: stored, find, findContent: contentBy(find) }),
  });
  return {
    status: 'active',
    output: undefined,
    error: undefined,
    writing: [],
    waiting: [],
    log,
    isBroken: world.blocked === true,
    ...{ unlaunched: [], between: [], whole: [], seen: [], ended: {}, failed: {} },
    reported: world.blocked ? ['tellBlocked'] : [],
    hasFailed: false,
    scheduler,
  };
}

/** What jobs may be called: one may come again when it has ended. */
export function namesIn(world: World): readonly string[] {
  const known = names.get(world);
  if (known !== undefined) return known;
  const all = world.jobs.flatMap((name) => [name, ...Array.from({ length: 30 }, (_, index) => `${name}${index + 2}`)]);
  names.set(world, all);
  return all;
}

const names = new WeakMap<World, readonly string[]>();

export function nextState(world: World, state: SystemState, move: Move): SystemState {
  let { scheduler, hasFailed } = state;
  const reported = [...state.reported];
  const send = (given: Given): Effect => {
    const log = given.type === 'journal.committed' ? [...state.log, ...given.transitions] : state.log;
    const [next, actions] = give(withContext(scheduler, { journal: journalOf(log) }), given);
    scheduler = next;
    hasFailed ||= actions.some(({ type }) => type === 'giveUp');
    reported.push(...actions.map(({ type }) => type).filter((type) => type.startsWith('tell')));
    return {
      appended: actions.flatMap(appendedBy),
      spawned: actions.flatMap(spawnedBy),
      stopped: actions.flatMap((action) => askedBy(action, 'runner.stop')),
      withdrawn: actions.flatMap((action) => askedBy(action, 'runner.withdraw')),
      retried: actions.flatMap((action) => askedBy(action, 'runner.retry')),
      recorded: actions.flatMap((action) => askedBy(action, 'runner.recorded')),
      isProbing: actions.some((action) => spawnedId(action)?.endsWith('.probing')),
      isLooking: actions.some((action) => spawnedId(action)?.endsWith('.looking')),
    };
  };
  const environment = advance(world, state, move, send);
  return { ...state, ...environment, scheduler, hasFailed, reported };
}

/** The snapshot after an event, and the actions to execute; none is. The same snapshot when the event is forbidden. */
export function give(snapshot: SchedulerSnapshot, given: Given): [SchedulerSnapshot, ExecutableActionObject[]] {
  const actions: ExecutableActionObject[] = [];
  const event = isTime(given) ? timerOf(snapshot, given.type) : given;
  if (event === null) return [snapshot, actions];
  const next = schedulerMachine.transition(snapshot, event, scopeOf(actions));
  return [next, actions];
}

/** What an earlier server wrote: a runs, b waits. */
export function earlierLog(world: World): Transition[] {
  const [a, b] = [jobOf(world, { job: 'a' }), jobOf(world, { job: 'b' })];
  return [
    { type: 'submitted', jobId: 'a', at: 1, job: a },
    { type: 'started', jobId: 'a', at: 1, ...(world.devices && { devices: world.devices.slice(0, 1) }) },
    { type: 'launched', jobId: 'a', at: 1, run: earlierRun(world, 'a') },
    ...(world.stopped ? [{ type: 'stopRequested' as const, jobId: 'a', at: 1, who: 'alice' }] : []),
    { type: 'submitted', jobId: 'b', at: 1, job: b },
  ];
}

/** The run that an earlier server has launched: of a split job that of its first part. */
const earlierRun = (world: World, job: string) => ({
  ...runOf(world, job),
  ...(world.split?.[job] !== undefined && { part: 1 }),
});

/** The input of a scheduler in a world, with nothing behind its dependencies. */
export function inputOf(world: World): SchedulerInput {
  const { slots, maxQueue, restored, paused = false, blocked = false } = world;
  const { maxQueueBytes = Infinity, maxQueueBytesPerClient = Infinity, pending: maxPending = null } = world;
  const record = (name: string) => ({ ...newRecord(jobOf(world, { job: name })), run: earlierRun(world, name) });
  const place = { priority: 0, turn: 0, submittedBy: null, pool: null, mayBeHeld: world.after !== undefined };
  return {
    slots,
    ...{ maxPending, capacity: null },
    ...{ pools: poolsOf(world), isFair: world.callers !== undefined, backfillDepth: DEPTH },
    durations: { of: (request) => durationsIn(world, request) },
    maxQueue,
    maxQueueBytes,
    maxQueueBytesPerClient,
    maxCompletedJobs: 1_000,
    grace: 10_000,
    timeout: null,
    retry: noRetries,
    stallTimeout: null,
    linger: null,
    webhook: null,
    paused,
    blockedBy: blocked ? fault : null,
    runs: controlledRuns().runs,
    journal: { ...journalOf(restored ? earlierLog(world) : []), append: async () => {}, probe: async () => {} },
    pruneHistory: async () => {},
    board: createBoard(),
    now: () => 1,
    monotonic: () => 1,
    onTransition: () => {},
    onProblem: () => {},
    restore: () =>
      restored
        ? [
            {
              ...place,
              jobId: 'a',
              sequence: 1,
              bytes: shareOf(world, { job: 'a' }).bytes,
              status: 'running',
              record: {
                ...record('a'),
                ...{ status: 'running', startedAt: 1, devices: world.devices?.slice(0, 1) ?? null },
                stopRequest: world.stopped ? { at: 1, by: 'alice' } : null,
              },
            },
            {
              ...place,
              jobId: 'b',
              sequence: 4,
              bytes: shareOf(world, { job: 'b' }).bytes,
              status: 'queued',
              record: null,
            },
          ]
        : [],
  };
}

/** What the scheduler asks of a journal, of a log. */
export function journalOf(log: readonly Transition[]): SchedulerInput['journal'] {
  const find: SchedulerInput['journal']['find'] = (jobId) => {
    const job = submissions.find((one) => one.jobId === jobId);
    const last = log.findLast((one) => one.jobId === jobId && jobSteps[one.type].from !== jobSteps[one.type].to);
    return job && last && { ...newRecord(job), status: jobSteps[last.type].to };
  };
  const submissions = log.flatMap((transition) => (transition.type === 'submitted' ? [transition.job] : []));
  return {
    append: async () => {},
    probe: async () => {},
    saveSetting: async () => {},
    find,
    findContent: contentBy(find),
    findByKey: (key) => {
      const job = submissions.find(({ idempotency }) => idempotency?.key === key);
      return job?.idempotency ? { jobId: job.jobId, requestHash: job.idempotency.requestHash } : undefined;
    },
  };
}

/** What the registry asks of a journal, by the whole of a row. */
const contentBy =
  (find: SchedulerInput['journal']['find']): SchedulerInput['journal']['findContent'] =>
  (jobId) => {
    const row = find(jobId);
    return row && { request: row.request, outcome: row.outcome, parts: row.parts, size: 1 };
  };

function withContext(snapshot: SchedulerSnapshot, changes: Partial<SchedulerSnapshot['context']>): SchedulerSnapshot {
  return { ...snapshot, context: { ...snapshot.context, ...changes } };
}

type Time = Extract<Given, { type: `${string}.passes` }>;

const isTime = (given: Given): given is Time => given.type.endsWith('.passes');

/** What the timer of the present state sends; null when it has none. */
function timerOf(snapshot: SchedulerSnapshot, which: Time['type']): SchedulerEvent | null {
  if (which === 'rest.passes') {
    return snapshot.matches({ readiness: 'resting' })
      ? ({ type: 'xstate.after.checkpointLook.scheduler.readiness.resting' } as unknown as SchedulerEvent)
      : null;
  }
  if (which === 'backOff.passes') {
    return snapshot.matches({ dispatch: { blocked: 'waiting' } })
      ? ({ type: 'xstate.after.backOff.scheduler.dispatch.blocked.waiting' } as unknown as SchedulerEvent)
      : null;
  }
  const states = ['unwritable', 'stopping', 'leaving'] as const;
  const state = states.find((closed) => snapshot.matches({ intake: { closed } }));
  // A timer's event is the machine's own, and not among those that others send.
  return state === undefined
    ? null
    : ({ type: `xstate.after.probe.scheduler.intake.closed.${state}` } as unknown as SchedulerEvent);
}

function initially(input: SchedulerInput): [SchedulerSnapshot, ExecutableActionObject[]] {
  const actions: ExecutableActionObject[] = [];
  return [schedulerMachine.getInitialSnapshot(scopeOf(actions), input), actions];
}

type Asked = 'runner.stop' | 'runner.withdraw' | 'runner.retry' | 'runner.recorded';
type Sent = { targetId: string; event: JournalWriterEvent | { type: Asked } };

function appendedBy({ type, params }: ExecutableActionObject): (readonly Transition[])[] {
  if (type !== 'xstate.sendTo') return [];
  const { event } = params as Sent;
  return event.type === 'journal.append' ? [event.transitions] : [];
}

/** The jobs whose runners are sent something. */
function askedBy({ type, params }: ExecutableActionObject, what: Asked): string[] {
  if (type !== 'xstate.sendTo') return [];
  const { event, targetId } = params as Sent;
  return event.type === what ? [targetId.replace('runner:', '')] : [];
}

function spawnedBy(action: ExecutableActionObject): string[] {
  const id = spawnedId(action);
  return id?.startsWith('runner:') ? [id.replace('runner:', '')] : [];
}

function spawnedId({ type, params }: ExecutableActionObject): string | undefined {
  return type === 'xstate.spawnChild' ? (params as { id: string }).id : undefined;
}
