/** A submission of a job, with what it may carry. */
export type Submission = { job: string; key?: string; body?: string; priority?: number };

/** What can happen to a scheduler, in a bounded alphabet: jobs are called a, b, c. */
export type Move =
  | ({ type: 'job.submit' } & Submission)
  | { type: 'job.cancel'; job: string }
  | { type: 'job.stop'; job: string }
  | { type: 'queue.pause' }
  | { type: 'queue.resume' }
  | { type: 'scheduler.shutdown'; runs: 'stop' | 'leave' }
  | { type: 'history.prune' }
  /** From now on no run can be launched, by a fault of the machine; or they can again. It is looked whether they can. */
  | { type: 'launches.break' | 'launches.mend' | 'dispatch.looks' }
  /** A run ends well or badly, tells how far it is, its engine puts it elsewhere or lets it wait, or its runner breaks. */
  | { type: 'run.completes' | 'run.fails' | 'run.progresses' | 'run.moves' | 'run.waits' | 'run.breaks'; job: string }
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
  /** Priorities that submissions may have. */
  priorities?: readonly number[];
  /** The folder that every submission names: no two run at a time. */
  folder?: string;
  /** An engine moves runs about. */
  engine?: boolean;
  /** Devices, and how many a job asks for; one that is not named asks for one. */
  devices?: readonly string[];
  gpus?: { [job: string]: number };
  /** Launches may become impossible: a look without one shows it, or does not. */
  faults?: 'seen' | 'unseen';
  /** Launches are impossible when it starts, and that is known. */
  blocked?: boolean;
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

const control: readonly Move['type'][] = ['queue.pause', 'queue.resume', 'scheduler.shutdown'];

/** What is explored without faults of the machine. */
const others: readonly Move['type'][] = [
  'run.fails',
  'run.breaks',
  'run.progresses',
  'journal.fails',
  'journal.contradicts',
  'journal.staysBroken',
  'history.prune',
];

export const worlds: readonly World[] = [
  { name: 'one slot', slots: 1, maxQueue: 1, jobs: ['a', 'b', 'c'], mostUnderWay: 1 },
  {
    name: 'one slot and two changes at once',
    slots: 1,
    maxQueue: 2,
    jobs: ['a', 'b'],
    mostUnderWay: 2,
    without: ['queue.pause', 'run.fails', 'run.breaks'],
  },
  {
    name: 'two slots',
    slots: 2,
    maxQueue: 1,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    without: ['queue.pause', 'job.stop', 'run.fails', 'run.breaks'],
  },
  {
    name: 'a long queue',
    slots: 1,
    maxQueue: 2,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    without: ['scheduler.shutdown', 'run.fails', 'run.breaks'],
  },
  {
    name: 'a queue of few bytes',
    slots: 1,
    maxQueue: 3,
    maxQueueBytes: 1_800,
    jobs: ['a', 'b', 'c'],
    large: ['b', 'c'],
    mostUnderWay: 2,
    without: [...control, 'job.stop', 'run.fails', 'run.breaks', 'run.progresses', 'journal.contradicts'],
  },
  {
    name: 'a queue of few bytes after a restart',
    slots: 1,
    maxQueue: 3,
    maxQueueBytes: 1_800,
    jobs: ['a', 'b', 'c'],
    large: ['b'],
    mostUnderWay: 1,
    restored: true,
    without: [...control, 'job.stop', 'run.fails', 'run.breaks', 'run.progresses', 'journal.contradicts'],
  },
  {
    name: 'few bytes for each client',
    slots: 1,
    maxQueue: 3,
    maxQueueBytesPerClient: 1_800,
    jobs: ['a', 'b', 'c'],
    large: ['a', 'b', 'c'],
    clients: { a: 'x', b: 'x', c: 'y' },
    mostUnderWay: 1,
    without: [...control, 'job.stop', 'run.fails', 'run.breaks', 'run.progresses', 'journal.contradicts'],
  },
  {
    name: 'a shutdown while one start is under way',
    slots: 2,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    without: ['queue.pause', 'queue.resume', 'run.completes', 'run.breaks', 'journal.fails', 'journal.contradicts'],
  },
  { name: 'a restart', slots: 1, maxQueue: 1, jobs: ['a', 'b', 'c'], mostUnderWay: 1, restored: true },
  {
    name: 'a restart of a paused queue',
    slots: 1,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    restored: true,
    paused: true,
    without: ['journal.contradicts'],
  },
  {
    name: 'a restart while a run is being stopped',
    slots: 1,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    restored: true,
    stopped: true,
    without: ['queue.pause', 'journal.contradicts'],
  },
  {
    name: 'a run that ends while the request to stop it is written',
    slots: 1,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 2,
    restored: true,
    without: ['job.submit', 'job.cancel', 'queue.pause', 'queue.resume'],
  },
  {
    name: 'priorities',
    slots: 1,
    maxQueue: 3,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 2,
    priorities: [0, 1],
    without: [...control, 'journal.fails', 'journal.contradicts', 'run.fails', 'run.breaks', 'job.stop'],
  },
  {
    name: 'one folder for all',
    slots: 2,
    maxQueue: 2,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    folder: '/results',
    without: [...control, 'journal.contradicts'],
  },
  {
    name: 'an engine that moves runs',
    slots: 1,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    engine: true,
    // A runner that was asked to end its run no longer cares where that is.
    without: [...control, 'job.stop', 'run.fails', 'run.breaks', 'journal.contradicts'],
  },
  {
    name: 'two devices, and jobs that need both',
    slots: 2,
    maxQueue: 2,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    devices: ['0', '1'],
    gpus: { b: 2 },
    without: [...control, 'job.stop', 'journal.contradicts', 'run.fails'],
  },
  {
    name: 'devices after a restart',
    slots: 2,
    maxQueue: 1,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    devices: ['0', '1'],
    gpus: { b: 2 },
    restored: true,
    without: [...control, 'journal.contradicts', 'run.breaks'],
  },
  {
    name: 'launches that fail for a while',
    slots: 2,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    faults: 'seen',
    without: [...others, 'queue.pause'],
  },
  {
    name: 'launches that fail unforeseen',
    slots: 2,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    faults: 'unseen',
    without: [...others, ...control],
  },
  {
    name: 'launches that fail at the start',
    slots: 1,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    faults: 'seen',
    blocked: true,
    restored: true,
    paused: true,
    without: [...others, 'scheduler.shutdown'],
  },
  {
    name: 'a history of one job',
    slots: 1,
    maxQueue: 1,
    jobs: ['a', 'b'],
    mostUnderWay: 1,
    history: 1,
    without: [...control, 'journal.contradicts'],
  },
  {
    name: 'idempotency keys',
    slots: 1,
    maxQueue: 2,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 2,
    keys: [
      { key: 'k', body: 'one' },
      { key: 'k', body: 'other' },
    ],
    without: [...control, 'job.stop', 'run.fails', 'run.breaks'],
  },
];
