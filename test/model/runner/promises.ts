import { expect } from 'vitest';
import { endingOf, settledOutcome } from '../../../src/machines/runner/runnerContext.ts';
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
  // It has looked for what may run, unless it could not.
  if (value === 'settled' && context.origin === 'unknown' && context.handle === null && context.outcome !== null)
    expect(context.outcome, where).toMatchObject({ kind: 'lost' });
  if (value === 'settled') {
    const outcome = settledOutcome(context);
    const kind = outcome.status === 'failed' ? outcome.kind : outcome.status;
    const limits = limitsPassed(exited < 0 ? moves : moves.slice(0, exited));
    // Of two runs the second may have been asked to end, or only the other have failed.
    if (context.ended !== null || context.retry.max > 0) {
      const others = [...(stopped >= 0 ? ['stopped'] : []), ...(withdrawn >= 0 ? ['interrupted'] : [])];
      const own = context.ended === null ? ['launch'] : ['incompleteResults'];
      expect(['completed', 'lost', ...own, ...others, ...limitsPassed(moves)], where).toContain(kind);
    } else if (wasStoppedFirst) expect(['stopped', 'launch', 'lost', ...interrupted, ...limits], where).toContain(kind);
    // A limit counts while the program works; before that it passes unnoticed.
    else expect(['completed', 'launch', 'lost', ...interrupted, ...limits], where).toContain(kind);
    expect(moves.includes('work.fails') || !['launch', 'lost'].includes(String(kind)), where).toBe(true);
  }

  // What is taken back has not begun, and is not judged. A stop that came before counts for more, unless it cannot be found out
  // whether there is anything to stop: then that is left to the next server.
  const isUnclear = context.origin === 'unknown' && moves.includes('work.unavailable');
  if (value === 'withdrawn' && context.ended === null && context.attempts.length === 0) {
    expect([withdrawn >= 0, context.outcome, asked.includes('collect'), asked.includes('kill')], where).toEqual([
      ...[true, null, false, false],
    ]);
    expect(stopped < 0 || withdrawn < stopped || isUnclear, where).toBe(true);
  }

  // Nothing of the next part, or of the next attempt, has begun.
  if (value === 'withdrawn' && (context.ended !== null || context.attempts.length > 0)) {
    expect(withdrawn >= 0 && (stopped < 0 || withdrawn < stopped || isUnclear), where).toBe(true);
  }

  // It asks first, then kills; and it launches once.
  const runs = runsOf(asked);
  for (const signals of runs) {
    expect(signals.slice(1), where).toEqual(signals.slice(1).map(() => 'kill'));
    if (signals.length > 0) expect(signals[0], where).toBe('terminate');
  }
  if (snapshot.matches('stopping')) expect(runs.at(-1)?.length, where).toBeGreaterThan(0);
  // Again only when nothing came of it.
  const unlaunched = moves.filter((move) => move === 'work.unavailable').length;
  const most = (context.ended === null ? 1 : context.job.request.tasks.length) * (context.retry.max + 1);
  const launches = asked.filter((name) => name === 'launch').length;
  expect(launches, where).toBeLessThanOrEqual(most + unlaunched);
  // No other one before the end of the one before is on disk: a crash would leave a run of which nothing is known.
  const recorded = moves.filter((move) => move === 'runner.recorded').length;
  expect(launches, where).toBeLessThanOrEqual(1 + recorded + unlaunched);
}

/** What a split job owes: each task in its turn, each told once, none after the end of the job was asked for. */
export function expectParts(
  before: number,
  facts: readonly string[],
  { value, context }: RunnerSnapshot,
  where: string,
): void {
  const { ended, job } = context;
  if (ended === null) return;
  const { tasks } = job.request;
  expect(
    ended.map(({ task }) => task),
    where,
  ).toEqual(tasks.slice(0, ended.length));
  const told = facts.filter((fact) => fact.startsWith('runner.taskCompleted'));
  expect(told, where).toEqual(
    ended.slice(before).map((part) => `runner.taskCompleted ${part.number} ${part.kind ?? part.status}`),
  );
  const settled = facts.findIndex((fact) => fact.startsWith('runner.settled'));
  if (settled >= 0) expect(settled, where).toBe(facts.length - 1);
  if (value !== 'settled') return;
  const isComplete = ended.length === tasks.length && ended.every(({ status }) => status === 'completed');
  expect(settledOutcome(context).status, where).toBe(isComplete ? 'completed' : 'failed');
  const last = ended.at(-1)?.kind ?? '';
  const isEnded = ['stopped', 'timedOut', 'stalled', 'interrupted', 'lost'].includes(last);
  if (ended.length < tasks.length) expect(isEnded || endingOf(context) !== null, where).toBe(true);
}

/**
 * What a job owes that may be tried again: as often as it may and after no other failures, each failed attempt told once; none when its end
 * was asked for, and none while it is not known whether something runs.
 */
export function expectAttempts(
  before: number,
  facts: readonly string[],
  moves: readonly RunnerMove[],
  { value, context }: RunnerSnapshot,
): void {
  const { attempts, retry, ended, outcome, origin, handle } = context;
  const where = moves.join(' → ');
  const kinds: readonly string[] = retry.on;
  const isAsked = moves.includes('runner.stop') || moves.includes('runner.withdraw');
  expect(
    facts.filter((fact) => fact.startsWith('runner.attemptFailed')),
    where,
  ).toEqual(attempts.slice(before).map(({ number, kind }) => `runner.attemptFailed ${number} ${kind}`));
  for (const own of Map.groupBy(attempts, ({ part }) => part).values()) {
    expect(
      own.map(({ number }) => number),
      where,
    ).toEqual(own.map((_, index) => index + 1));
    expect(own.length, where).toBeLessThanOrEqual(retry.max);
  }
  for (const { kind } of attempts) expect(kinds, where).toContain(kind);
  if (value === 'backingOff') expect(attempts.length, where).toBeGreaterThan(0);
  if (value === 'backingOff' || value === 'recording')
    expect([context.prepared, handle, outcome, isAsked], where).toEqual([null, null, null, false]);
  if (value !== 'settled' || isAsked || outcome?.status !== 'failed' || !kinds.includes(outcome.kind)) return;
  const tried = attempts.filter(({ part }) => part === ended?.length);
  if (origin !== 'unknown' || handle !== null) expect(tried.length, where).toBe(retry.max);
}

/** The signals that each run was sent. */
function runsOf(asked: readonly string[]): string[][] {
  const runs: string[][] = [[]];
  for (const name of asked) {
    if (name === 'terminate' || name === 'kill') runs.at(-1)?.push(name);
    if (name === 'prepare' || name === 'recover') runs.push([]);
  }
  return runs;
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

/**
 * When the end of a run is on disk the next one begins: that of the next part at once, another attempt after a pause. Where its end is asked
 * for in between, and nothing can be running, the job is stopped.
 * @param asked what the move has asked of the run.
 */
export function expectNext(
  move: RunnerMove,
  before: RunnerSnapshot,
  after: RunnerSnapshot,
  asked: readonly string[],
): void {
  const { attempts, ended, origin } = before.context;
  const isBetween = before.matches('recording') || before.matches('backingOff');
  if (move === 'runner.stop' && isBetween && origin !== 'unknown')
    expect([after.value, settledOutcome(after.context)]).toMatchObject(['settled', { kind: 'stopped' }]);
  if (move !== 'runner.recorded') return;
  const isTriedAgain = attempts.some(({ part }) => part === (ended === null ? undefined : ended.length + 1));
  const next = origin === 'unknown' ? ['recover'] : ['prepare'];
  expect(asked, 'when the end of a run is on disk').toEqual(isTriedAgain ? [] : next);
}

/** When time passes and something is left of a run that is being ended, it is killed, and killed again. */
export function expectKill(move: RunnerMove, before: RunnerSnapshot, asked: readonly string[], count: number): void {
  if (move !== 'time.passes') return;
  const next = before.context.origin === 'unknown' ? 'recover' : 'prepare';
  const otherwise = before.matches('stopping') ? 'kill' : 'terminate';
  const expected = before.matches('recalling') ? [] : [before.matches('backingOff') ? next : otherwise];
  expect(asked.slice(count), `when time passes in ${JSON.stringify(before.value)}`).toEqual(expected);
}
