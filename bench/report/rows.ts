import type { Figures } from '../figures.ts';
import type { Plan } from '../plan.ts';
import { all, atLeast, below } from './aims.ts';

/** A line of the table. `aim` is in words, with whether it is met; `met` is undefined when something is missing. */
export type Row = {
  title: string;
  unit: string;
  figure: string;
  /** What the ceiling is, when it has another figure than the row itself. */
  ceiling?: string;
  /** Less of it is better: the column that compares has how many times as much the others are. */
  isLessBetter?: true;
  /** It says nothing beside that of another: the columns that compare are empty. */
  isOwn?: true;
  /** The least and the most of what was measured are shown, not the median. */
  isRange?: true;
  aim?: string;
  met?: (figures: Figures) => boolean | undefined;
};

/** Whether a queue of this depth costs at most a quarter of a throughput. @param of `job` random jobs, `one` the same job. */
const isFlat = (of: 'job' | 'one', depth: number) => (figures: Figures) => {
  const ratio = figures.ratio([`${of}.${depth}.perSecond`, 'evald'], [`${of}.0.perSecond`, 'evald']);
  return ratio === undefined ? undefined : ratio >= 0.75;
};

const number = (value: number) => value.toLocaleString('en');

/** The table: every figure of a plan with its aim. */
export function rowsOf(plan: Plan): Row[] {
  const perSecond = 'requests/s';
  return [
    ...plan.connections.map(
      (count): Row => ({
        title: `POST /evaluate, ${count} connection${count === 1 ? '' : 's'}`,
        unit: perSecond,
        figure: `submit.${count}.perSecond`,
      }),
    ),
    ...plan.connections.map(
      (count): Row => ({
        title: `… p99, ${count} connection${count === 1 ? '' : 's'}`,
        unit: 'ms',
        figure: `submit.${count}.p99`,
      }),
    ),
    ...plan.depths.map((depth): Row => {
      const figure = `job.${depth}.perSecond`;
      const row = { title: `GET /jobs/{id}, ${number(depth)} queued`, unit: perSecond, figure };
      if (depth === 10_000) return { ...row, aim: '50 × original', met: atLeast(50, figure, 'original') };
      if (depth === 100_000) return { ...row, aim: 'within 25 % of 0', met: isFlat('job', depth) };
      return row;
    }),
    ...plan.depths.map((depth): Row => {
      const figure = `one.${depth}.perSecond`;
      const row = { title: `… of the last one alone, ${number(depth)} queued`, unit: perSecond, figure };
      return depth === 100_000 ? { ...row, aim: 'within 25 % of 0', met: isFlat('one', depth) } : row;
    }),
    ...plan.queues.flatMap((depth): Row[] => {
      const figure = `queue.${depth}.perSecond`;
      const row = { title: `GET /queue, ${number(depth)} queued`, unit: perSecond, figure };
      return [
        depth === 10_000 ? { ...row, aim: '10 × original', met: atLeast(10, figure, 'original') } : row,
        { title: '… unchanged (304)', unit: perSecond, figure: `queue.${depth}.unchanged.perSecond` },
      ];
    }),
    { title: 'GET /health while 64 connections post, p50', unit: 'ms', figure: 'health.p50' },
    { title: '… p99', unit: 'ms', figure: 'health.p99', aim: '< 20 ms', met: below(20, 'health.p99') },
    {
      title: `${plan.runs} jobs of an interpreter that does nothing`,
      unit: 'jobs/s',
      figure: 'runs.interpreter.perSecond',
      aim: '1.5 × original, 0.6 × bare',
      met: all(
        atLeast(1.5, 'runs.interpreter.perSecond', 'original'),
        atLeast(0.6, 'runs.interpreter.perSecond', 'ceiling'),
      ),
    },
    { title: `${plan.runs} jobs of a program that does nothing`, unit: 'jobs/s', figure: 'runs.empty.perSecond' },
    { title: '… with 4 slots', unit: 'jobs/s', figure: 'runs.empty.slots.perSecond', ceiling: 'runs.empty.perSecond' },
    {
      title: 'One run’s end to the next one’s start',
      unit: 'ms',
      figure: 'runs.gap',
      aim: '< 15 ms',
      met: below(15, 'runs.gap'),
    },
    {
      title: 'Memory a queued job, reachable',
      unit: 'bytes',
      figure: 'memory.heap',
      aim: '≤ 4 KB',
      met: below(4_097, 'memory.heap'),
    },
    {
      title: '… of the process (RSS)',
      unit: 'bytes',
      figure: 'memory.rss',
      aim: '≤ 4 KB',
      met: below(4_097, 'memory.rss'),
    },
    { title: '… after a restart, reachable', unit: 'bytes', figure: 'memory.restored.heap' },
    { title: '… after a restart (RSS)', unit: 'bytes', figure: 'memory.restored.rss' },
    { title: 'Cold start to first answer', unit: 'ms', figure: 'start', aim: '< 300 ms', met: below(300, 'start') },
    {
      title: `Restart with ${number(plan.manyJobs)} queued`,
      unit: 'ms',
      figure: 'restart',
      aim: '< 2 s',
      met: below(2_000, 'restart'),
    },
    { title: 'Log line to its follower, p50', unit: 'ms', figure: 'log.p50' },
    { title: '… p99', unit: 'ms', figure: 'log.p99' },
    { title: 'A commit of 1 row', unit: 'ms', figure: 'commit.1' },
    { title: 'A commit of 64 rows', unit: 'ms', figure: 'commit.64' },
  ];
}
