import { setImmediate } from 'node:timers/promises';
import { type Actor, type InspectionEvent, SimulatedClock } from 'xstate';
import type { Journal } from '../../../src/machines/ports/journal.ts';
import type { runnerMachine } from '../../../src/machines/runner/runner.ts';
import type { RunnerFact } from '../../../src/machines/runner/runnerContext.ts';
import { JobScheduler } from '../../../src/scheduler/jobScheduler.ts';
import { noOptions } from '../../../src/schemas/submission/jobOptions.ts';
import { controlledJournal } from '../../support/jobs/controlledJournal.ts';
import { newJob } from '../../support/jobs/newJob.ts';
import { request } from '../../support/requests/request.ts';
import type { steeredRuns } from './steeredRuns.ts';
import {
  attemptsBefore,
  endedBefore,
  failedBefore,
  isToBeStopped,
  launchedRun,
  lingerSeconds,
  nameOfFact,
  type Origin,
  partsBefore,
  type RunnerSnapshot,
  retry,
  stallSeconds,
  tasks,
  timeoutSeconds,
  waitingRun,
} from './system.ts';

/** A job of which a scheduler has the runner: new, or running since an earlier server. */
export async function schedulerWith(origin: Origin, steered: ReturnType<typeof steeredRuns>) {
  const clock = new SimulatedClock();
  const journal = controlledJournal();
  const facts: string[] = [];
  const problems: string[] = [];
  let runner: Actor<typeof runnerMachine> | undefined;
  let jobId = 'j';
  const isSplit = endedBefore[origin] !== undefined;
  const options = { ...noOptions, split: isSplit, retry: failedBefore[origin] === undefined ? null : retry };
  const isNew = origin === 'new' || origin === 'one a task' || origin === 'one of two attempts';
  if (!isNew) {
    const job = newJob(jobId, isSplit ? { tasks } : {}, { options });
    await journal.journal.append([
      { type: 'submitted', jobId, at: 1, job },
      { type: 'started', jobId, at: 1 },
    ]);
    const parts = partsBefore(origin);
    await journal.journal.append(parts.map((part) => ({ type: 'taskCompleted', jobId, at: 1, part })));
    const failed = attemptsBefore(origin);
    await journal.journal.append(failed.map((attempt) => ({ type: 'attemptFailed', jobId, at: 1, attempt })));
    const isKnownPart = origin === 'an attempt at a part';
    const isUnknown =
      origin.startsWith('unknown') || (parts.length > 0 && !isKnownPart) || (failedBefore[origin] ?? 0) > 0;
    const known = origin === 'waiting' ? waitingRun : { ...launchedRun, ...(isSplit && { part: parts.length + 1 }) };
    const run = isUnknown ? null : known;
    if (run !== null) await journal.journal.append([{ type: 'launched', jobId, at: 1, run }]);
    if (isToBeStopped(origin)) await journal.journal.append([{ type: 'stopRequested', jobId, at: 1, who: null }]);
  }
  // The end of a part, or of an attempt, that others follow is written when a move says so.
  let recorded = Promise.withResolvers<void>();
  const append: Journal['append'] = async (transitions) => {
    if (transitions.every(({ type }) => type === 'taskCompleted' || type === 'attemptFailed')) await recorded.promise;
    return journal.journal.append(transitions);
  };
  const record = () => {
    recorded.resolve();
    recorded = Promise.withResolvers();
  };
  const dependencies = {
    runs: steered.runs,
    journal: { ...journal.journal, append },
    clock,
    now: () => 1,
    monotonic: () => 1,
    onProblem: (text: string) => problems.push(text),
    inspect: (event: InspectionEvent) => {
      const { actorRef } = event;
      const id = 'id' in actorRef ? String(actorRef.id) : '';
      if (event.type === '@xstate.actor' && id.startsWith('runner:')) runner = actorRef as Actor<typeof runnerMachine>;
      if (event.type === '@xstate.event' && id === 'scheduler' && event.event.type.startsWith('runner.')) {
        facts.push(nameOfFact(event.event as RunnerFact));
      }
    },
  };
  const scheduler = new JobScheduler(dependencies, {
    timeout: timeoutSeconds,
    stallTimeout: stallSeconds,
    linger: lingerSeconds,
  });
  await scheduler.start();
  if (isNew) jobId = (await scheduler.addJob(request(isSplit ? { tasks } : {}), { options })).jobId;
  await setImmediate();
  const snapshot = (): RunnerSnapshot => {
    if (runner === undefined) throw new Error('no runner was made');
    return runner.getSnapshot();
  };
  return { scheduler, clock, problems, facts, snapshot, jobId, journal, record };
}
