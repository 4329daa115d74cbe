import { type Actor, type AnyEventObject, createActor, fromCallback, SimulatedClock } from 'xstate';
import type { Journal, Transition } from '../../../src/journal/contract.ts';
import type { JournalWriterEvent } from '../../../src/machines/journalWriter.ts';
import type { runnerMachine } from '../../../src/machines/runner.ts';
import { schedulerMachine } from '../../../src/machines/scheduler.ts';
import type { Answer } from '../../../src/machines/schedulerEvents.ts';
import type { Subject } from '../follow.ts';
import { advance, type Effect, type Environment, type Given } from './environment.ts';
import type { Move, World } from './moves.ts';
import { type VisibleScheduler, visibleOf } from './paths.ts';
import { earlierLog, inputOf, journalOf } from './system.ts';

type SchedulerJournal = { journal: Pick<Journal, 'append' | 'probe'> };

/**
 * The scheduler machine as an actor: it is sent each event of a move. Its journal only notes what it is given, and its
 * runners never get beyond preparing.
 */
export function actorSubject(world: World) {
  const answers = new Map<string, Answer>();
  const clock = new SimulatedClock();
  let effect: { appended: (readonly Transition[])[]; spawned: string[] } = { appended: [], spawned: [] };
  const told: string[] = [];
  let log = world.restored ? earlierLog(world) : [];
  let environment: Environment = { writing: [], waiting: [], log };

  const journalWriter = fromCallback<JournalWriterEvent, SchedulerJournal>(({ receive }) => {
    receive((event) => {
      if (event.type === 'journal.append') effect.appended.push(event.transitions);
    });
  });
  const { runs, ...input } = inputOf(world);
  const prepare = ({ jobId }: { jobId: string }) => {
    effect.spawned.push(jobId);
    return new Promise<never>(() => {});
  };
  const actor = createActor(schedulerMachine.provide({ actors: { journalWriter } }), {
    clock,
    input: {
      ...input,
      runs: { ...runs, prepare },
      onProblem: (text) => told.push(text.includes('again') ? 'tellRecovery' : 'tellFault'),
      journal: { ...input.journal, findByKey: (key) => journalOf(log).findByKey(key) },
    },
  });
  // Whoever listens to no error has it thrown.
  actor.subscribe({ error: () => {} });
  actor.start();

  const noteFor = (jobId: string) => (answer: Answer) => {
    answers.set(jobId, answer);
  };
  const contextOf = (jobId: string) => {
    const runner = actor.getSnapshot().children[`runner:${jobId}`] as Actor<typeof runnerMachine> | undefined;
    return runner?.getSnapshot().context;
  };
  const send = (given: Given): Effect => {
    effect = { appended: [], spawned: [] };
    if (given.type === 'journal.committed') log = [...environment.log, ...given.transitions];
    if (given.type === 'time.passes') clock.increment(1_000);
    else actor.send(given.type === 'job.submit' ? { ...given, reply: noteFor(given.job.jobId) } : given);
    return {
      ...effect,
      stopped: effect.spawned.filter((jobId) => contextOf(jobId)?.stopReason != null),
      withdrawn: effect.spawned.filter((jobId) => contextOf(jobId)?.isWithdrawing === true),
    };
  };

  const subject: Subject<Move, VisibleScheduler> = {
    take: async (move) => {
      environment = advance(world, environment, move, send);
    },
    visible: () => {
      // What the board counts, in place of what was written.
      const { completed, failed, cancelled } = input.board.getSnapshot().context.counts;
      const visible = visibleOf(world, actor.getSnapshot(), environment.log, told);
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
      effect = { appended: [], spawned: [] };
      actor.send(event as never);
      return effect.appended;
    },
  };
}
