import { expect } from 'vitest';
import type { RunnerMove, RunnerSnapshot } from './system.ts';

/**
 * What a runner owes whatever its chart looks like, of the moves it was given: a chart that forgets it is not excused by
 * paths made from that chart.
 */
export function expectPromises(moves: readonly RunnerMove[], asked: readonly string[], snapshot: RunnerSnapshot): void {
  const where = moves.join(' → ') || 'at the beginning';
  const { value, context } = snapshot;
  const stopped = moves.indexOf('runner.stop');
  const withdrawn = moves.indexOf('runner.withdraw');
  const exited = moves.findIndex((move) => move === 'run.exited' || move === 'run.gone');
  const wasAsked = (stopped >= 0 || withdrawn >= 0) && value !== 'settled';
  const wasStoppedFirst = stopped >= 0 && (exited < 0 || stopped < exited);

  const interrupted = withdrawn >= 0 && (exited < 0 || withdrawn < exited) ? ['interrupted'] : [];

  // Asked to stop, it leaves nothing running, and says so.
  if (wasAsked) expect(snapshot.matches('running'), where).toBe(false);
  if (value === 'settled') {
    const { outcome } = context;
    const kind = outcome?.status === 'failed' ? outcome.kind : outcome?.status;
    const limits = limitsPassed(exited < 0 ? moves : moves.slice(0, exited));
    if (wasStoppedFirst) expect(['stopped', 'launch', 'lost', ...interrupted, ...limits], where).toContain(kind);
    // A limit counts while the program works; before that it passes unnoticed.
    else expect(['completed', 'launch', 'lost', ...interrupted, ...limits], where).toContain(kind);
    expect(moves.includes('work.fails') || !['launch', 'lost'].includes(String(kind)), where).toBe(true);
  }

  // What is taken back has not begun, and is not judged. A stop that came before counts for more, unless it cannot be found out
  // whether there is anything to stop: then that is left to the next server.
  const isUnclear = context.origin === 'unknown' && moves.includes('work.unavailable');
  if (value === 'withdrawn') {
    expect([withdrawn >= 0, context.outcome, asked.includes('collect'), asked.includes('kill')], where).toEqual([
      ...[true, null, false, false],
    ]);
    expect(stopped < 0 || withdrawn < stopped || isUnclear, where).toBe(true);
  }

  // It asks first, then kills; and it launches once.
  const signals = asked.filter((name) => name === 'terminate' || name === 'kill');
  expect(signals.slice(1), where).toEqual(signals.slice(1).map(() => 'kill'));
  if (signals.length > 0) expect(signals[0], where).toBe('terminate');
  if (snapshot.matches('stopping')) expect(signals.length, where).toBeGreaterThan(0);
  // Again only when nothing came of it.
  const unlaunched = moves.filter((move) => move === 'work.unavailable').length;
  expect(asked.filter((name) => name === 'launch').length, where).toBeLessThanOrEqual(1 + unlaunched);
}

/** Kinds of failure of the limits that were passed. */
function limitsPassed(moves: readonly RunnerMove[]): string[] {
  return [
    ...(moves.includes('run.timedOut') ? ['timedOut'] : []),
    ...(moves.includes('run.stalled') ? ['stalled'] : []),
    // Ended after its results were there: it is judged by them.
    ...(moves.includes('run.hung') ? ['completed'] : []),
  ];
}

/** When time passes and something is left of a run that is being ended, it is killed, and killed again. */
export function expectKill(move: RunnerMove, before: RunnerSnapshot, asked: readonly string[], count: number): void {
  if (move !== 'time.passes') return;
  const expected = before.matches('recalling') ? [] : [before.matches('stopping') ? 'kill' : 'terminate'];
  expect(asked.slice(count), `when time passes in ${JSON.stringify(before.value)}`).toEqual(expected);
}
