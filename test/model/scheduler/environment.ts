import type { Transition } from '../../../src/journal/contract.ts';
import type { SchedulerEvent } from '../../../src/machines/schedulerEvents.ts';
import type { NewJob } from '../../../src/schemas/job.ts';
import type { FailedOutcome } from '../../../src/schemas/outcome.ts';
import type { LaunchedRun } from '../../../src/schemas/run.ts';
import { completedOutcome, failedOutcome } from '../../support/controlledRuns.ts';
import { request } from '../../support/request.ts';
import type { Move } from './moves.ts';

/** What surrounds a scheduler, as a value: the journal's writer and what it has written. */
export type Environment = {
  /** The commit under way. */
  writing: readonly Transition[];
  /** What goes into the next. */
  waiting: readonly Transition[];
  log: readonly Transition[];
};

/** What an event made the scheduler do. */
export type Effect = { appended: readonly Transition[]; spawned: readonly string[]; isStopping: boolean };

/** The run of a job, as `controlledRuns` launch it. */
export const runOf = (jobId: string): LaunchedRun => ({
  prepared: { output: `/out/${jobId}`, ownOutput: true, log: `/out/${jobId}/log`, before: [] },
  handle: { jobId },
});

const interrupted: FailedOutcome = { status: 'failed', kind: 'interrupted', log: '/o/log', tail: [] };

/** A job as it is submitted. Its model is its name, to know it by. */
export function newJob(name: string, key: string | undefined, body = ''): NewJob {
  const idempotency = key === undefined ? null : { key, requestHash: body };
  const folderName = `p_${name}`;
  return { jobId: name, request: request({ model: name }), createdAt: 1, warnings: [], folderName, idempotency };
}

/**
 * Takes a move: the events it sends the scheduler, in the order in which the journal's writer and the runners send them,
 * and what comes of what it answers. Programs are launched as soon as they may, or never when the scheduler ends them first.
 */
export function advance(before: Environment, move: Move, send: (given: Given) => Effect): Environment {
  let { writing, waiting, log } = before;
  let isCommitting = false;
  const spawned: string[] = [];
  const give = (given: Given): Effect => {
    const effect = send(given);
    for (const transition of effect.appended) {
      if (writing.length === 0 && !isCommitting) writing = [transition];
      else waiting = [...waiting, transition];
    }
    spawned.push(...effect.spawned);
    return effect;
  };
  const settle = (verdict: 'journal.committed' | 'journal.failed') => {
    // When a commit fails, what waited for it fails with it.
    const transitions = verdict === 'journal.committed' ? writing : [...writing, ...waiting];
    writing = [];
    if (verdict === 'journal.failed') waiting = [];
    isCommitting = true;
    if (verdict === 'journal.committed') log = [...log, ...transitions];
    const { isStopping } =
      verdict === 'journal.committed'
        ? give({ type: verdict, transitions })
        : give({ type: verdict, transitions, reason: 'disk full' });
    isCommitting = false;
    [writing, waiting] = [waiting, []];
    for (const jobId of spawned) {
      give(
        isStopping
          ? { type: 'runner.settled', jobId, outcome: interrupted }
          : { type: 'runner.launched', jobId, run: runOf(jobId) },
      );
    }
  };

  switch (move.type) {
    case 'journal.commits':
      settle('journal.committed');
      break;
    case 'journal.fails':
      settle('journal.failed');
      break;
    default:
      for (const event of eventsOf(move)) give(event);
  }
  return { writing, waiting, log };
}

/** What a scheduler is given: an event, or a second of time. */
export type Given = SchedulerEvent | { type: 'time.passes' };

/** The events of a move, in order. */
export function eventsOf(move: Move): Given[] {
  const reply = () => {};
  switch (move.type) {
    case 'job.submit':
      return [{ type: 'job.submit', job: newJob(move.job, move.key, move.body), reply }];
    case 'job.cancel':
      return [{ type: 'job.cancel', jobId: move.job, at: 1, reply }];
    case 'job.stop':
      return [{ type: 'job.stop', jobId: move.job, reason: { kind: 'stopped' } }];
    case 'run.completes':
      return [{ type: 'runner.settled', jobId: move.job, outcome: completedOutcome }];
    case 'run.fails':
      return [{ type: 'runner.settled', jobId: move.job, outcome: failedOutcome }];
    case 'run.progresses':
      return [{ type: 'runner.progress', jobId: move.job, progress: { phase: 'p', done: 1, total: 2, percent: 50 } }];
    case 'run.breaks': {
      const actorId = `runner:${move.job}`;
      return [{ type: `xstate.error.actor.${actorId}`, actorId, error: new Error('broken') }];
    }
    case 'journal.recovers':
      return [{ type: 'time.passes' }, { type: 'journal.recovered' }];
    case 'journal.staysBroken':
      return [{ type: 'time.passes' }];
    case 'history.prune':
      return [{ type: 'history.prune', keep: 100, reply }];
    case 'queue.pause':
    case 'queue.resume':
    case 'scheduler.shutdown':
      return [move];
    case 'journal.commits':
    case 'journal.fails':
      // These depend on what is under way: see `advance`.
      return [];
  }
}
