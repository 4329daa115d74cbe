import { setImmediate } from 'node:timers/promises';
import { type AnyActorRef, SimulatedClock } from 'xstate';
import { UnavailableError } from '../../../src/machines/ports/runner.ts';
import { JobScheduler } from '../../../src/scheduler/jobScheduler.ts';
import { controlledJournal } from '../../support/jobs/controlledJournal.ts';
import { controlledRuns, failedOutcome } from '../../support/runs/controlledRuns.ts';
import type { Subject } from '../follow.ts';
import { checkpointOf, clientOf, fault, importOf, jobOf, nameOfProblem, progress } from './environment.ts';
import { DEPTH, durationsIn, type Move, poolsOf, type Submission, type World } from './moves.ts';
import { type VisibleScheduler, visibleOf } from './paths.ts';
import { earlierLog, type SchedulerSnapshot } from './system.ts';

/**
 * A JobScheduler with a journal of which every commit is held until a move lets it succeed or fail, and with runs that are
 * launched at once and end when a move says so. A turn of the event loop after each move is enough for all that follows.
 */
export async function facadeSubject(world: World) {
  const { maxQueueBytes = Infinity, maxQueueBytesPerClient = Infinity, pending: maxPending = null } = world;
  const { slots, maxQueue, restored, paused, history = 1_000, faults, blocked = false } = world;
  const control = controlledRuns({ onEngine: world.pending !== undefined });
  const breakLaunches = () => control.failLaunches(new UnavailableError(fault), faults === 'seen');
  if (blocked) breakLaunches();
  const journal = controlledJournal();
  const clock = new SimulatedClock();
  const problems: string[] = [];
  const reported: string[] = [];
  /** Called with what went wrong: what is said of the journal and of dispatch is a part of what can be seen. */
  const note = (text: string) => {
    const name = nameOfProblem(text);
    if (name === undefined) problems.push(text);
    else reported.push(name);
  };
  /** Questions that wait for their answer. */
  const open = new Set<Promise<unknown>>();
  const ask = (answer: Promise<unknown>) => {
    open.add(answer);
    const close = () => open.delete(answer);
    answer.then(close, close);
  };
  const answers = new Map<string, 'accepted' | 'refused'>();
  /** Submissions, by the name of their job. */
  const submitted: { jobId: string; key: string | undefined }[] = [];
  let nodes = 0;
  const cancellations = { asked: 0, answered: 0 };
  /** Id of a job → its name in the model, and back. */
  const names = new Map([
    ['a', 'a'],
    ['b', 'b'],
  ]);
  const ids = new Map(names);
  let actor: AnyActorRef | undefined;

  if (restored) await journal.journal.append(earlierLog(world));
  if (paused) await journal.journal.saveSetting('paused', true);
  const scheduler = new JobScheduler(
    {
      runs: control.runs,
      blockedBy: blocked ? fault : null,
      journal: { ...journal.journal, durations: (request) => durationsIn(world, request) },
      clock,
      now: () => 1,
      monotonic: () => 1,
      onProblem: note,
      onFatal: () => {},
      inspect: (event) => {
        if (event.type === '@xstate.actor' && 'id' in event.actorRef && event.actorRef.id === 'scheduler') {
          actor = event.actorRef as AnyActorRef;
        }
        if (event.type !== '@xstate.event') return;
        if (event.event.type !== 'job.submit' && event.event.type !== 'job.import') return;
        const { jobId, request } = event.event['job'];
        names.set(jobId, request.model);
        ids.set(request.model, jobId);
      },
    },
    {
      ...{ slots, maxPending, maxQueue, maxQueueBytes, maxQueueBytesPerClient, pools: poolsOf(world) },
      ...{ isFair: world.callers !== undefined, backfillDepth: DEPTH },
      ...{ maxCompletedJobs: 1_000, history: { jobs: history, age: 1e12 } },
    },
  );
  journal.hold();
  await scheduler.start();

  const idOf = (name: string) => ids.get(name) ?? name;
  const nameOf = (id: string) => names.get(id) ?? id;
  const submit = (submission: Submission) => {
    const { request, idempotency, options, submittedBy: who } = jobOf(world, submission);
    const { job } = submission;
    const after = options.after.map(idOf);
    submitted.push({ jobId: job, key: submission.key });
    ask(
      scheduler
        .addJob(request, { idempotency, options: { ...options, after }, client: clientOf(world, job), who })
        .then(
          () => answers.set(job, 'accepted'),
          () => answers.set(job, 'refused'),
        ),
    );
  };
  const importRun = (submission: Submission) => {
    const { job } = submission;
    const run = importOf(world, submission);
    submitted.push({ jobId: job, key: submission.key });
    ask(
      scheduler.importRun({ ...run, job: { ...run.job, jobId: `imported ${job}` } }).then(
        () => answers.set(job, 'accepted'),
        () => answers.set(job, 'refused'),
      ),
    );
  };
  const cancel = (jobId: string) => {
    cancellations.asked++;
    return scheduler.cancelJob(jobId).finally(() => cancellations.answered++);
  };
  /** Lets the commit under way go, and holds the next. */
  const commit = () => {
    journal.release();
    journal.hold();
  };

  const act = async (move: Move): Promise<unknown> => {
    switch (move.type) {
      case 'job.submit':
        return submit(move);
      case 'job.import':
        return importRun(move);
      case 'job.cancel':
        return ask(cancel(idOf(move.job)));
      case 'job.stop':
        return ask(scheduler.stopJob(idOf(move.job)));
      case 'queue.pause':
        return scheduler.pauseQueue();
      case 'queue.resume':
        return scheduler.resumeQueue();
      case 'scheduler.shutdown':
        // A scheduler that meets a contradiction on its way to the end does not come to it, and says so.
        return void scheduler.stop(move.runs).catch((error) => problems.push(String(error)));
      case 'history.prune':
        return scheduler.cleanupOldJobs();
      case 'launches.break':
        return breakLaunches();
      case 'launches.mend':
        return control.failLaunches(null);
      case 'dispatch.looks':
        return clock.increment(60_000);
      case 'disk.fills':
        return control.fillDisk(fault);
      case 'checkpoint.appears':
        return control.checkpoints.add(`${checkpointOf(move.job)}/done`);
      case 'checkpoints.look':
        return clock.increment(2_000);
      case 'run.goesOn':
      case 'run.completes':
        return control.end(idOf(move.job));
      case 'run.fails':
        return control.end(idOf(move.job), failedOutcome);
      case 'run.isRetried':
        return control.end(idOf(move.job), { status: 'failed', kind: 'lost', reason: 'it was lost' });
      case 'run.progresses':
        return control.progress(idOf(move.job), progress);
      case 'run.moves':
        return control.place(idOf(move.job), `there ${++nodes}`, 'RUNNING');
      case 'run.waits':
        return control.place(idOf(move.job), '', 'PENDING');
      case 'run.breaks':
        return control.break(idOf(move.job));
      case 'journal.commits':
        commit();
        if (world.retries === undefined) return;
        await setImmediate();
        // As long as it is waited between two attempts.
        return clock.increment(300_000);
      case 'journal.fails':
        journal.break('disk full');
        commit();
        await setImmediate();
        return journal.mend();
      case 'journal.contradicts':
        journal.contradict('it was recorded otherwise');
        return commit();
      case 'journal.recovers':
        return clock.increment(1_000);
      case 'journal.staysBroken':
        journal.break('disk full');
        clock.increment(1_000);
        await setImmediate();
        return journal.mend();
    }
  };

  const subject: Subject<Move, VisibleScheduler> = {
    take: async (move) => {
      await act(move);
      await setImmediate();
      // What is beyond the history is forgotten after that, once it is known what the end of a job changes for others.
      if (world.history !== undefined) for (let step = 0; step < 3; step++) await setImmediate();
    },
    visible: () => {
      const snapshot: SchedulerSnapshot = actor?.getSnapshot();
      const stats = scheduler.getQueueStats();
      const visible = visibleOf(world, snapshot, journal.commits.flat(), reported, names.keys(), nameOf);
      const { completed, failed, cancelled } = stats;
      return {
        ...visible,
        // What clients are shown, instead of what the machine knows.
        queue: stats.queued.map(nameOf),
        running: stats.runningJobs.map(nameOf),
        ended: { completed, failed, cancelled },
      };
    },
  };
  return { subject, scheduler, journal, control, problems, answers, open, submitted, cancellations, idOf, nameOf };
}
