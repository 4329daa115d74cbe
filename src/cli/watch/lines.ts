import type { JobInfo } from '../../schemas/job/job.ts';
import { SHORT_ID } from '../../text/jobs.ts';
import { span } from '../../text/times.ts';
import { cutTo, plain, widthOf } from '../frame/output/cells.ts';
import { bar, doing, idOf, nameOf, percentOf, tasksOf, waitParts } from './parts.ts';
import { failureText, headlines } from './scores.ts';
import { sorted, type WatchState } from './state.ts';
import type { Style } from './style.ts';
import { asManyAs, coming, padTo, timeOfDay } from './text.ts';

/** What lines are made for. */
export type View = {
  columns: number;
  /** Lines at most; those that wait are left out first. */
  rows: number;
  /** Milliseconds since 1970. */
  now: number;
  /** Whether each job has one line, whatever the width. */
  isCompact: boolean;
  style: Style;
};

/** From this width on what a job does stands beside its name. */
const WIDE = 120;

/** What is going on, as lines for a terminal: jobs that run, those that wait, a summary. Pure. */
export function liveLines(state: WatchState, view: View): string[] {
  const { running, waiting } = sorted(state);
  const foot = footLines(state, { running: running.length, waiting: waiting.length }, view);
  const room = Math.max(1, view.rows - foot.length);
  const columns = columnsOf([...running, ...waiting.map(({ job }) => job)], view);
  const isTall = !view.isCompact && view.columns < WIDE && running.length * 2 <= room;
  const runningLines = running.flatMap((job) => runningLine(job, columns, { ...view, isCompact: !isTall }));
  const waitingLines = waiting.map(({ job, ahead }) => waitingLine(job, ahead, columns, view));
  return [...folded([...runningLines, ...waitingLines], room), ...foot];
}

/** As many lines as there is room for; the last one then counts the rest. */
function folded(lines: readonly string[], room: number): string[] {
  if (lines.length <= room) return [...lines];
  return [...lines.slice(0, room - 1), `  … and ${lines.length - room + 1} more`];
}

type Columns = { name: number; tasks: number };

/** Widths of what all lines have, so that they stand in columns. */
function columnsOf(jobs: readonly JobInfo[], { columns }: View): Columns {
  const widest = Math.max(0, ...jobs.map((job) => widthOf(nameOf(job))));
  const name = Math.min(widest, Math.max(12, Math.floor(columns * 0.25)));
  const tasks = Math.min(
    Math.max(0, ...jobs.map((job) => widthOf(tasksOf(job, Math.floor(columns * 0.3))))),
    Math.floor(columns * (columns < WIDE ? 0.3 : 0.2)),
  );
  return { name, tasks };
}

/** A job that runs: two lines, or one where that is wide enough or compact. */
function runningLine(job: JobInfo, widths: Columns, { columns, now, isCompact, style }: View): string[] {
  const head = `▸ ${idOf(job)} ${padTo(nameOf(job), widths.name)}`;
  const percent = percentOf(job);
  const share = job.progress === null ? '    ' : `${String(Math.floor(percent)).padStart(3)} %`;
  const drawn = (size: number) => {
    const { done, left } = bar(percent, size);
    return style.busy(done) + left;
  };
  if (isCompact) {
    const tasks = columns < WIDE ? '' : `  ${padTo(tasksOf(job, widths.tasks), widths.tasks)}`;
    const size = columns < WIDE ? Math.floor(columns * 0.15) : 30;
    const used = widthOf(head) + widthOf(tasks) + 1 + size + 1 + 5 + 2;
    return [
      `${mark(head, style)}${tasks} ${drawn(size)} ${padTo(share, 5)}  ${asManyAs(doing(job, now), columns - used)}`,
    ];
  }
  const first = `${mark(head, style)}  ${tasksOf(job, columns - widthOf(head) - 2)}`;
  const size = Math.floor(columns * 0.25);
  const used = 2 + size + 1 + 5 + 2;
  return [first, `  ${drawn(size)} ${padTo(share, 5)}  ${asManyAs(doing(job, now), columns - used)}`];
}

/** The line with its id set off. */
const mark = (head: string, { strong, busy }: Style): string =>
  `${busy(head.slice(0, 1))} ${strong(head.slice(2, 2 + SHORT_ID))}${head.slice(2 + SHORT_ID)}`;

function waitingLine(job: JobInfo, ahead: number, widths: Columns, { columns, now }: View): string {
  const head = `· ${idOf(job)} ${padTo(nameOf(job), widths.name)}  ${padTo(tasksOf(job, widths.tasks), widths.tasks)}`;
  return cutTo(`${head}  ${asManyAs(waitParts(job, ahead, now), columns - widthOf(head) - 2)}`, columns);
}

/** A job that has ended, folded to a line: its scores, or the cause of its failure. Pure. */
export function endedLine(job: JobInfo, { columns, style }: Pick<View, 'columns' | 'style'>): string {
  const { status, duration_seconds: seconds } = job;
  const took = seconds === null ? '' : `  ${span(seconds)}`;
  const head = `${idOf(job)} ${cutTo(nameOf(job), Math.max(12, Math.floor(columns * 0.25)))}`;
  const room = columns - 2 - widthOf(head) - 2;
  if (status === 'completed') {
    const scores = headlines(job);
    const text = scores.length === 0 ? 'completed' : asManyAs(scores, room - took.length, { counted: true });
    return `${style.good('✓')} ${head}  ${text}${took}`;
  }
  if (status === 'cancelled') return `- ${head}  ${cutTo('cancelled', room)}`;
  return `${style.bad('✗')} ${head}  ${style.bad(cutTo(failureText(job), room))}`;
}

type Counted = { running: number; waiting: number };

/** The summary, and what keeps everything from going on. */
function footLines(state: WatchState, { running, waiting }: Counted, { columns, now, style }: View): string[] {
  const count = (number: number, what: string) => (number === 0 ? [] : [`${number} ${what}`]);
  const { completed, failed, cancelled } = state.ended;
  const expected = running + waiting > 0 ? lastEnd(state) : null;
  const counts = [
    ...count(running, running === 1 ? 'runs' : 'run'),
    ...count(waiting, waiting === 1 ? 'waits' : 'wait'),
    ...count(completed, 'completed'),
    ...count(failed, 'failed'),
    ...count(cancelled, 'cancelled'),
    ...(expected === null ? [] : [`done ${coming(expected, now)}`]),
  ];
  const lines = [`  ${asManyAs(counts.length === 0 ? ['nothing runs or waits'] : counts, columns - 2)}`];
  const say = (text: string) => lines.push(style.odd(cutTo(`! ${text}`, columns)));
  if (state.away !== null) {
    say(`reconnecting: ${plain(state.away.reason)}; this is how it was at ${timeOfDay(state.away.since, now)}`);
  } else if (state.paused) say('the queue is paused: evald resume lets it go on');
  else if (state.blocked !== null) say(plain(`nothing can start: ${state.blocked}`));
  return lines;
}

/** When the last of them may end; null while that is not known of each. */
function lastEnd({ jobs }: WatchState): number | null {
  let last: number | null = null;
  for (const { completed_at: over, expected_end_at: end } of jobs.values()) {
    if (over !== null) continue;
    if (end === null) return null;
    last = Math.max(last ?? 0, Date.parse(end));
  }
  return last;
}
