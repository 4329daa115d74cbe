import { SimulatedClock } from 'xstate';
import { JobScheduler } from '../../../src/scheduler/jobScheduler.ts';
import type { JobSchedulerOptions } from '../../../src/scheduler/jobSchedulerOptions.ts';
import { request } from '../requests/request.ts';
import { controlledRuns } from '../runs/controlledRuns.ts';
import { controlledJournal } from './controlledJournal.ts';

type Parts = {
  control?: ReturnType<typeof controlledRuns>;
  journal?: ReturnType<typeof controlledJournal>;
  onFatal?: (message: string) => void;
  /** Milliseconds since 1970 when it starts, and of the journal's own time. */
  startAt?: number;
  /** Milliseconds by which the wall clock is wrong at first. */
  wrong?: number;
};

/** A started scheduler of which a test controls the runs, the journal and the time. */
export async function scheduling(
  options: Partial<JobSchedulerOptions> = {},
  {
    control = controlledRuns(),
    journal = controlledJournal(),
    startAt = 1_000,
    wrong: wrongAtFirst = 0,
    onFatal,
  }: Parts = {},
) {
  const clock = new SimulatedClock();
  let now = startAt;
  let wrong = wrongAtFirst;
  const problems: string[] = [];
  const scheduler = new JobScheduler(
    {
      runs: control.runs,
      journal: journal.journal,
      clock,
      now: () => now + wrong,
      monotonic: () => now,
      onProblem: (text) => problems.push(text),
      ...(onFatal && { onFatal }),
    },
    options,
  );
  await scheduler.start();
  return {
    scheduler,
    control,
    journal,
    clock,
    problems,
    now: () => now + wrong,
    /** Lets milliseconds pass for what asks for the time; timers are the clock's. */
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    statusOf: (jobId: string) => scheduler.getJob(jobId)?.status,
    /** Sets the wall clock wrong by so many milliseconds; no time passes. */
    setClock: (milliseconds: number) => {
      wrong = milliseconds;
    },
    add: async () => (await scheduler.addJob(request())).jobId,
  };
}
