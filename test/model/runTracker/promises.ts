import { expect } from 'vitest';
import type { TrackerMove } from './looks.ts';
import type { Origin } from './system.ts';

const isReport = (line: string) => / on |^ended: |^gone$/.test(line);

/** Moves of which one at least is behind each end that is reported. */
const causes: [RegExp, RegExp][] = [
  [/^ended: code 0/, /succeeded/],
  [/^ended: code 7/, /failed/],
  [/^ended: signal SIGKILL/, /it ended/],
  [/^ended: notStarted the node failed/, /the cluster/],
  [/^ended: unknown lost/, /it is missing|never there/],
  [/^ended: unknown its id is of another/, /its id is of another/],
  [/^ended: notStarted withdrawn/, /recall|taken back/],
  [/^ended: notStarted refused/, /work\.third/],
  [/^ended: notStarted over/, /work\.second/],
];

/**
 * What a tracker owes whatever its chart looks like, of the moves it was given: a chart that forgets it is not excused by
 * paths made from that chart.
 */
export function expectPromises(moves: readonly TrackerMove[], log: readonly string[], origin: Origin): void {
  const where = moves.join(' → ') || 'at the beginning';
  const reports = log.filter(isReport);
  const exits = reports.filter((line) => line.startsWith('ended: '));
  const has = (pattern: RegExp) => moves.some((move) => pattern.test(move));

  // An end is reported once, that nothing is left once and after it, and nothing else later.
  expect(exits.length, where).toBeLessThanOrEqual(1);
  const [exit] = exits;
  const after = exit === undefined ? [] : reports.slice(reports.indexOf(exit) + 1);
  expect([[], ['gone']], where).toContainEqual(after);
  if (exit === undefined) expect(reports, where).not.toContain('gone');
  // What it leaves is put in order before it is said to be gone.
  if (after.length > 0) expect(log.indexOf('close'), where).toBeGreaterThanOrEqual(0);
  expect(log.filter((line) => line === 'close').length, where).toBeLessThanOrEqual(1);

  // Where a run is, is reported when it changes.
  for (const [index, line] of reports.entries()) expect(line, where).not.toBe(reports[index - 1]);

  // No end without a cause.
  for (const [end, cause] of causes) {
    if (exit !== undefined && end.test(exit)) expect(has(cause), `${exit} after ${where}`).toBe(true);
  }
  if (exit !== undefined)
    expect(
      causes.some(([end]) => end.test(exit)),
      exit,
    ).toBe(true);

  // Silence ends nothing, and neither does a job that waits or runs.
  const isQuiet = moves.every((move) =>
    /^(it waits|it waits for a node|it runs|it completes|no answer|no answer, begun|stop)$/.test(move),
  );
  if (isQuiet) expect(log, where).not.toContain('close');

  // What has begun is not submitted again, and its engine is not asked why it misses that.
  if (!has(/^it is missing$|never there|the cluster/)) expect(log, where).not.toContain('submit');
  if (!has(/^it is missing$/)) expect(log, where).not.toContain('inquire');
  // Where no claim can be seen, only the engine can say that a run has not begun.
  if (origin === 'apart' && !has(/the cluster/)) expect(log, where).not.toContain('submit');

  // Only what was taken back, or submitted twice, is cancelled.
  if (origin !== 'recalled' && !has(/recall|taken back|another is left/)) expect(log, where).not.toContain('cancel');

  // A run whose start evald takes is over at once, whatever its engine says.
  if (moves[0] === 'recall' && origin !== 'recalled') expect(log, where).toContain('close');
  // One that is not watched any more reports nothing more.
  const unwatched = moves.indexOf('unwatch');
  if (unwatched === 0 && origin === 'watched') expect(log, where).toEqual([]);
}
