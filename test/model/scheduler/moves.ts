import { type DevicePool, onePool } from '../../../src/schemas/engine/devicePool.ts';

/** A submission of a job, with what it may carry. */
export type Submission = { job: string; key?: string; body?: string; priority?: number };

/** What can happen to a scheduler, in a bounded alphabet: jobs are called a, b, c. */
export type Move =
  | ({ type: 'job.submit' } & Submission)
  /** An earlier run is imported: what it is known by is its key. */
  | ({ type: 'job.import' } & Submission)
  | { type: 'job.cancel'; job: string }
  | { type: 'job.stop'; job: string }
  | { type: 'queue.pause' }
  | { type: 'queue.resume' }
  | { type: 'scheduler.shutdown'; runs: 'stop' | 'leave' }
  | { type: 'history.prune' }
  /**
   * From now on no run can be launched, by a fault of the machine; or they can again. It is looked whether they can. The watch of the
   * disks reports why they cannot.
   */
  | { type: 'launches.break' | 'launches.mend' | 'dispatch.looks' | 'disk.fills' }
  /** The file is written by which the checkpoint of a job is known to be whole; it is looked for the files that jobs wait for. */
  | { type: 'checkpoint.appears'; job: string }
  | { type: 'checkpoints.look' }
  /** A run ends well or badly, tells how far it is, its engine puts it elsewhere or lets it wait, or its runner breaks. */
  | { type: 'run.completes' | 'run.fails' | 'run.progresses' | 'run.moves' | 'run.waits' | 'run.breaks'; job: string }
  /** The run of a task of a split job has ended: that of the next one is launched when this is on disk. */
  | { type: 'run.goesOn'; job: string }
  /** The run of a job has failed for its engine: the next attempt is launched when this is on disk. */
  | { type: 'run.isRetried'; job: string }
  /** The commit under way succeeds, fails, or is refused for good; the journal is asked again, and answers or does not. */
  | { type: 'journal.commits' | 'journal.fails' | 'journal.contradicts' | 'journal.recovers' | 'journal.staysBroken' };

/** What is explored: how large the scheduler is, what was there before it, and how much may be under way at a time. */
export type World = {
  name: string;
  slots: number;
  maxQueue: number;
  /** Bytes that may wait, of all and of each client; absent: any number. */
  maxQueueBytes?: number;
  maxQueueBytesPerClient?: number;
  /** Jobs whose requests have a thousand bytes more than the others'. */
  large?: readonly string[];
  /** The clients that jobs are of; one that is not named is of none that is known. */
  clients?: { [job: string]: string };
  jobs: readonly string[];
  /** Commands and ends of runs wait while so many changes are under way: the bound of the exploration. */
  mostUnderWay: number;
  /** Keys that submissions may carry, with the request that each is sent with. */
  keys?: readonly { key: string; body: string }[];
  /** Jobs may come to be by an import, too: by a key of their own, or by one of `keys`. */
  imports?: boolean;
  /** Priorities that submissions may have. */
  priorities?: readonly number[];
  /** The folder that every submission names: no two run at a time. */
  folder?: string;
  /** An engine moves runs about. */
  engine?: boolean;
  /** An engine lets runs wait at first, and so many may: absent: they begin when they are launched. */
  pending?: number;
  /** Devices, and how many a job asks for; one that is not named asks for one. */
  devices?: readonly string[];
  gpus?: { [job: string]: number };
  /** Pools of devices, instead of `devices`, and which one a job names. */
  pools?: readonly DevicePool[];
  pool?: { [job: string]: string };
  /** Milliseconds that the work of a job has always taken; of one that is not named nothing is known. No time passes. */
  took?: { [job: string]: number };
  /** The callers that jobs are of, who take turns; absent: they do not. */
  callers?: { [job: string]: string };
  /** Launches may become impossible: a look without one shows it, or does not. */
  faults?: 'seen' | 'unseen';
  /** Launches are impossible when it starts, and that is known. */
  blocked?: boolean;
  /** Jobs that others come after, each name once, and the jobs that do so however those end. */
  after?: { [job: string]: readonly string[] };
  afterAny?: readonly string[];
  /** Jobs that wait for a checkpoint. */
  checkpoints?: readonly string[];
  /** Jobs that are split, and how many tasks each has. */
  split?: { [job: string]: number };
  /** Jobs that are tried again, and how often. */
  retries?: { [job: string]: number };
  /** Ended jobs that are kept. */
  history?: number;
  /** Moves that this world does not have: it is about others. */
  without?: readonly Move['type'][];
  /** Job a runs, and b waits, since an earlier server. */
  restored?: boolean;
  /** The run of a was asked to end before that server ended. */
  stopped?: boolean;
  /** The queue was paused when that server ended. */
  paused?: boolean;
};

/** How many jobs may pass another. */
export const DEPTH = 2;

/** Milliseconds that work like that of a job took, in a world. */
export function durationsIn({ took = {} }: World, { model }: { model: string }): number[] {
  const known = took[model.charAt(0)];
  return known === undefined ? [] : [known];
}

/** The pools of devices of a world; null: none are handed out. */
export const poolsOf = ({ pools, devices }: World): readonly DevicePool[] | null =>
  pools ?? (devices === undefined ? null : onePool(devices));

/** Whether jobs start in the order in which they came, but for their priority: no caller has turns, none passes another, and there is one order. */
export const isPlain = ({ pools, took, callers }: World): boolean =>
  pools === undefined && took === undefined && callers === undefined;
