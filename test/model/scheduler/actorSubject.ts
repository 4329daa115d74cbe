import { type Actor, type AnyEventObject, createActor, fromCallback, fromPromise, SimulatedClock } from 'xstate';
import type { Journal, Transition } from '../../../src/machines/ports/journal.ts';
import type { RunExecutor } from '../../../src/machines/ports/runner.ts';
import type { runnerMachine } from '../../../src/machines/runner/runner.ts';
import type { AwaitedCheckpoint } from '../../../src/machines/scheduler/holds.ts';
import type { JournalWriterEvent } from '../../../src/machines/scheduler/journalWriter.ts';
import { schedulerMachine } from '../../../src/machines/scheduler/scheduler.ts';
import type { CommandAnswer } from '../../../src/machines/scheduler/schedulerEvents.ts';
import type { Subject } from '../follow.ts';
import { advance, type Effect, type Environment, type Given, nameOfProblem } from './environment.ts';
import type { Move, World } from './moves.ts';
import { type VisibleScheduler, visibleOf } from './paths.ts';
import { earlierLog, inputOf, journalOf } from './system.ts';

type SchedulerJournal = { journal: Pick<Journal, 'append' | 'probe' | 'saveSetting'> };

/**
 * The scheduler machine as an actor: it is sent each event of a move. Its journal only notes what it is given, and its
 * runners never get beyond preparing.
 */
export function actorSubject(world: World) {
  const answers = new Map<string, CommandAnswer>();
  const clock = new SimulatedClock();
  const none = () => ({
    appended: [] as (readonly Transition[])[],
    ...{ spawned: [] as string[], retried: [] as string[], recorded: [] as string[] },
  });
  let effect = none();
  let asked: string[] = [];
  let recalled: string[] = [];
  const reported: string[] = [];
  let log = world.restored ? earlierLog(world) : [];
  let environment: Environment = {
    ...{ writing: [], waiting: [], log, isBroken: world.blocked === true },
    ...{ unlaunched: [], between: [], whole: [], seen: [], ended: {}, failed: {} },
  };

  const journalWriter = fromCallback<JournalWriterEvent, SchedulerJournal>(({ receive }) => {
    receive((event) => {
      if (event.type === 'journal.append') effect.appended.push(event.transitions);
    });
  });
  // Its answers are sent as events.
  const probe = fromPromise<void, { runs: RunExecutor }>(() => new Promise(() => {}));
  type Look = { runs: RunExecutor; awaited: readonly AwaitedCheckpoint[]; now: number };
  const lookForCheckpoints = fromPromise<string[], Look>(() => new Promise(() => {}));
  const { runs, ...input } = inputOf(world);
  const prepare = ({ jobId }: { jobId: string }) => {
    effect.spawned.push(jobId);
    return new Promise<never>(() => {});
  };
  const actor = createActor(schedulerMachine.provide({ actors: { journalWriter, probe, lookForCheckpoints } }), {
    clock,
    inspect: (event) => {
      if (event.type !== '@xstate.event' || !('id' in event.actorRef)) return;
      const jobId = String(event.actorRef.id).replace('runner:', '');
      if (event.event.type === 'runner.retry') effect.retried.push(jobId);
      if (event.event.type === 'runner.recorded') effect.recorded.push(jobId);
      if (event.event.type === 'runner.stop') asked.push(jobId);
      if (event.event.type === 'runner.withdraw') recalled.push(jobId);
    },
    input: {
      ...input,
      runs: { ...runs, prepare },
      onProblem: (text) => reported.push(nameOfProblem(text) ?? text),
      journal: {
        ...input.journal,
        find: (jobId) => journalOf(log).find(jobId),
        findContent: (jobId) => journalOf(log).findContent(jobId),
        findByKey: (key) => journalOf(log).findByKey(key),
      },
    },
  });
  // An error that has no listener is thrown.
  actor.subscribe({ error: () => {} });
  actor.start();

  const noteFor = (jobId: string) => (answer: CommandAnswer) => {
    answers.set(jobId, answer);
  };
  const contextOf = (jobId: string) => {
    const runner = actor.getSnapshot().children[`runner:${jobId}`] as Actor<typeof runnerMachine> | undefined;
    return runner?.getSnapshot().context;
  };
  const isProbing = () => actor.getSnapshot().matches({ dispatch: { blocked: 'probing' } });
  const isLooking = () => actor.getSnapshot().matches({ readiness: 'looking' });
  const send = (given: Given): Effect => {
    effect = none();
    asked = [];
    recalled = [];
    const wasProbing = isProbing();
    const wasLooking = isLooking();
    if (given.type === 'journal.committed') log = [...environment.log, ...given.transitions];
    if (given.type === 'time.passes') clock.increment(1_000);
    else if (given.type === 'backOff.passes') clock.increment(60_000);
    else if (given.type === 'rest.passes') clock.increment(2_000);
    else {
      const isNew = given.type === 'job.submit' || given.type === 'job.import';
      actor.send(isNew ? { ...given, reply: noteFor(given.job.jobId) } : given);
    }
    return {
      ...effect,
      stopped: asked,
      withdrawn: [...recalled, ...effect.spawned.filter((jobId) => contextOf(jobId)?.isWithdrawing === true)],
      isProbing: isProbing() && !wasProbing,
      isLooking: isLooking() && !wasLooking,
    };
  };

  const subject: Subject<Move, VisibleScheduler> = {
    take: async (move) => {
      environment = advance(world, environment, move, send);
    },
    visible: () => {
      // What the board counts, instead of what was written.
      const { completed, failed, cancelled } = input.board.getSnapshot().context.counts;
      const visible = visibleOf(world, actor.getSnapshot(), environment.log, reported);
      return { ...visible, ended: { completed, failed, cancelled } };
    },
  };
  return {
    subject,
    actor,
    /** What each submission was answered. */
    answers,
    /** Sends what no chart of another would, and tells what went to the journal for it. */
    force: (event: AnyEventObject) => {
      effect = none();
      actor.send(event as never);
      return effect.appended;
    },
  };
}
