import type { Move, World } from './moves.ts';

/** Moves that worlds leave out which are about runs. */
export const control: readonly Move['type'][] = ['queue.pause', 'queue.resume', 'scheduler.shutdown'];

/** Worlds with devices, and with other orders than that in which jobs come. */
export const worldsOfOrder: readonly World[] = [
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
    name: 'jobs that end before the first one can begin',
    slots: 2,
    maxQueue: 2,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    devices: ['0', '1'],
    gpus: { b: 2 },
    took: { a: 10, c: 10 },
    without: [...control, 'job.stop', 'journal.contradicts', 'run.fails', 'run.breaks', 'run.progresses'],
  },
  {
    name: 'callers in turns',
    slots: 1,
    maxQueue: 3,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 2,
    callers: { a: 'x', b: 'x', c: 'y' },
    priorities: [0, 1],
    without: [
      ...control,
      'journal.fails',
      'journal.contradicts',
      'run.fails',
      'run.breaks',
      'run.progresses',
      'job.stop',
    ],
  },
  {
    name: 'two pools of devices, of which one is shared',
    slots: 3,
    maxQueue: 2,
    jobs: ['a', 'b', 'c'],
    mostUnderWay: 1,
    pools: [
      { name: 'p', devices: ['0'], shares: 2 },
      { name: 'q', devices: ['1'], shares: 1 },
    ],
    pool: { c: 'q' },
    without: [...control, 'job.stop', 'journal.contradicts', 'run.fails', 'run.breaks', 'run.progresses'],
  },
];
