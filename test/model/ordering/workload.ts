import { setImmediate } from 'node:timers/promises';
import type { JobSchedulerOptions } from '../../../src/scheduler/jobSchedulerOptions.ts';
import { controlledJournal } from '../../support/jobs/controlledJournal.ts';
import { scheduling } from '../../support/jobs/scheduling.ts';
import { request } from '../../support/requests/request.ts';
import { completedOutcome, controlledRuns } from '../../support/runs/controlledRuns.ts';
import { until } from '../../support/waiting/until.ts';

const named = process.env['TEST_MODEL_SEED'];
/** The same draws each time, where that is asked for. */
export const seed = named === undefined ? {} : { seed: Number(named) };

/** A job, when it comes, what it asks for, what it takes (milliseconds), and what work like it took, as far as that is known. */
export type Work = { arrival: number; gpus: number; takes: number; known: number | null; caller?: string };

/** What has happened to one of them; milliseconds from the beginning. */
export type Life = { jobId: string; started: number; ended: number };

/** What can be seen when nothing more happens at a moment. */
export type Moment = { now: number; waiting: number[]; running: number[]; positions: (number | null)[] };

/** Enough turns of the event loop for what follows from an event: a commit, and what is decided by it. */
const TURNS = 12;

/**
 * Lets a scheduler do work, in simulated time, until all has ended: a real one with its journal, and runs that end when they are to.
 * @returns of each job, by its number, what happened to it, and each moment at which something did.
 */
export async function simulate(works: readonly Work[], options: Partial<JobSchedulerOptions>) {
  const control = controlledRuns();
  const journal = controlledJournal();
  const known = new Map(works.map(({ known: took }, index) => [`m${index}`, took]));
  const { durations: _, ...rest } = journal.journal;
  const told = { ...rest, durations: ({ model }: { model: string }) => [known.get(model) ?? []].flat() };
  const setting = await scheduling(
    { slots: 64, ...options },
    { control, journal: { ...journal, journal: told }, startAt: 1_000 },
  );
  const { scheduler, pass, now } = setting;
  const begin = now();
  const ids: string[] = [];
  const lives = new Map<number, Life>();
  const moments: Moment[] = [];
  const numberOf = (jobId: string) => ids.indexOf(jobId);
  const endOf = ({ jobId, started }: Life) => started + (works[numberOf(jobId)]?.takes ?? 0);
  const settle = async () => {
    for (let turn = 0; turn < TURNS; turn++) await setImmediate();
    const { runningJobs, queued } = scheduler.getQueueStats();
    for (const jobId of runningJobs)
      if (!lives.has(numberOf(jobId))) lives.set(numberOf(jobId), { jobId, started: now() - begin, ended: Number.NaN });
    moments.push({
      now: now() - begin,
      waiting: queued.map(numberOf),
      running: runningJobs.map(numberOf),
      positions: queued.map((jobId) => scheduler.getJob(jobId)?.position_in_queue ?? null),
    });
  };
  const running = () => [...lives.values()].filter(({ ended }) => Number.isNaN(ended));
  let next = 0;
  while (next < works.length || running().length > 0) {
    const events = [...running().map(endOf), ...works.slice(next, next + 1).map(({ arrival }) => arrival)];
    pass(Math.max(0, Math.min(...events) - (now() - begin)));
    for (const life of running().filter((one) => endOf(one) <= now() - begin)) {
      await control.end(life.jobId, completedOutcome);
      await until(() => !scheduler.getQueueStats().runningJobs.includes(life.jobId));
      lives.set(numberOf(life.jobId), { ...life, ended: now() - begin });
    }
    for (let work = works[next]; work !== undefined && work.arrival <= now() - begin; work = works[next]) {
      const { gpus, caller = null } = work;
      const details = caller === null ? {} : { who: caller };
      ids.push((await scheduler.addJob(request({ model: `m${next}`, num_gpus: gpus }), details)).jobId);
      next += 1;
    }
    await settle();
  }
  await scheduler.stop();
  return { lives: works.map((_work, index) => lives.get(index)), moments };
}
