import { setImmediate } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { createActor, fromCallback, SimulatedClock } from 'xstate';
import { runnerMachine } from '../../../src/machines/runner/runner.ts';
import { type RunnerEvent, type RunnerFact, settledOutcome } from '../../../src/machines/runner/runnerContext.ts';
import { allowedRunner } from '../allowed.ts';
import { follow } from '../follow.ts';
import { expectAttempts, expectKill, expectNext, expectParts, expectPromises } from './promises.ts';
import { schedulerWith } from './schedulerWith.ts';
import { steeredRuns } from './steeredRuns.ts';
import {
  askedFirst,
  attemptsBefore,
  give,
  inputOf,
  isToBeStopped,
  modelOf,
  nameOfFact,
  type Origin,
  origins,
  partsBefore,
  pathOf,
  type RunnerMove,
  type RunnerSnapshot,
  runnerPaths,
  sentEvents,
  visibleOf,
} from './system.ts';

// XState's development build warns of each event that comes after the end.
beforeAll(() => {
  vi.spyOn(console, 'warn').mockImplementation(() => {});
});

const sent = Object.keys(sentEvents) as (keyof typeof sentEvents)[];

/** Whether the table written by hand has a move in a state, or in one around it. */
function isAllowed({ value }: RunnerSnapshot, move: RunnerMove): boolean {
  const path = pathOf(value);
  const states = [path, path.split('.')[0] ?? path];
  const names = {
    'work.done': 'invoke 0 done',
    'work.finds': 'invoke 0 done',
    'work.fails': 'invoke 0 error',
    'work.unavailable': 'invoke 0 error',
    'time.passes': 'after',
  };
  const name = move in names ? names[move as keyof typeof names] : move;
  return states.some((state) => (allowedRunner[state] ?? []).some((row) => row.startsWith(`${name} `)));
}

/** Where a job is shown to be whose runner knows so much. */
function placeOf({ handle, place }: RunnerSnapshot['context'], isOver: boolean) {
  if (handle === null) return null;
  const node = place?.node ?? handle['node'] ?? null;
  // Where it was launched its handle says, and nothing has said yet how it is there.
  const isReported = place !== null && place.node !== handle['node'];
  return { name: 'controlled', id: 'j', node, state: isOver || !isReported ? null : 'RUNNING' };
}

/** Whether its end is asked for while that of a part, or of an attempt, is written: a scheduler writes the request behind it first. */
function isStoppedUnrecorded(origin: Origin, moves: readonly RunnerMove[]): boolean {
  const model = modelOf(origin);
  let state = model.initial;
  return moves.some((move) => {
    const isRecording = state.runner.matches('recording');
    state = model.next(state, move);
    return isRecording && move === 'runner.stop';
  });
}

/** What is said when nothing can be started, and when something can again. */
const isOfDispatch = (text: string) => /^(nothing is started: disk full;|runs can be started again$)/.test(text);

describe.for(origins)('a runner whose run is %s', (origin) => {
  const { paths, states } = runnerPaths(origin);
  const earlier: RunnerMove[] = isToBeStopped(origin) ? ['runner.stop'] : [];
  const size = `${states.length} states, ${paths.length} paths`;

  test(`a runner does as an actor what its chart does, on every edge (${size}); the forbidden changes nothing`, async () => {
    for (const moves of paths) {
      const facts: string[] = [];
      const steered = steeredRuns();
      const clock = new SimulatedClock();
      const parent = createActor(
        fromCallback<RunnerFact>(({ receive }) =>
          receive((fact) => {
            if (fact.type.startsWith('runner.')) facts.push(nameOfFact(fact));
          }),
        ),
        { clock },
      ).start();
      const runner = createActor(runnerMachine, { input: inputOf(origin, steered.runs), parent }).start();
      expect(steered.asked, origin).toEqual(askedFirst[origin]);
      const send = (event: RunnerEvent) => runner.send(event);
      await follow(moves, modelOf(origin), {
        take: async (move) => {
          const [snapshot, count] = [runner.getSnapshot(), steered.asked.length];
          await steered.take(move, clock, {
            stop: () => send(sentEvents['runner.stop']),
            withdraw: () => send(sentEvents['runner.withdraw']),
            retry: () => send(sentEvents['runner.retry']),
            record: () => send(sentEvents['runner.recorded']),
          });
          expectKill(move, snapshot, steered.asked, count);
          expectNext(move, snapshot, runner.getSnapshot(), steered.asked.slice(count));
        },
        visible: () => visibleOf(runner.getSnapshot(), facts),
      });
      const before = runner.getSnapshot();
      expectPromises([...earlier, ...moves], steered.asked, before);
      if (before.value === 'withdrawn') expect(facts.at(-1), moves.join(' → ')).toBe('runner.withdrawn');
      expectAttempts(attemptsBefore(origin).length, facts, [...earlier, ...moves], before);
      expectParts(partsBefore(origin).length, facts, before, moves.join(' → '));
      for (const move of sent.filter((name) => !isAllowed(before, name))) {
        send(sentEvents[move]);
        expect(runner.getSnapshot() === before, `${move} after ${moves.join(' → ')}`).toBe(true);
      }
      parent.stop();
    }
  });

  test(`a runner does for a scheduler what its chart does, on every edge (${size}), and its job ends as it reports`, async () => {
    for (const moves of paths.filter((path) => !isStoppedUnrecorded(origin, path))) {
      const steered = steeredRuns();
      const { record, ...of } = await schedulerWith(origin, steered);
      const { scheduler, clock, problems, facts, snapshot, jobId, journal } = of;
      const where = moves.join(' → ');
      await follow(moves, modelOf(origin), {
        take: (move) =>
          steered.take(move, clock, {
            // Refused where it has ended.
            stop: () => void scheduler.stopJob(jobId).catch(() => {}),
            withdraw: () => void scheduler.stop('stop'),
            // The longest that it is waited until it is tried again.
            retry: () => void clock.increment(60_000),
            record,
          }),
        visible: () => visibleOf(snapshot(), facts),
      });
      const { value, context } = snapshot();
      expectPromises([...earlier, ...moves], steered.asked, snapshot());
      record();
      await setImmediate();
      const job = scheduler.getJob(jobId);
      const outcome = value === 'settled' ? settledOutcome(context) : null;
      expect([job?.status, job?.failure_kind], where).toEqual([
        outcome?.status ?? 'running',
        outcome?.status === 'failed' ? outcome.kind : null,
      ]);
      // Once there is something to find again, it is on disk; what was taken back is not to be found again.
      const isTakenBack = value === 'withdrawn' || value === 'recalling';
      const ended = context.ended ?? [];
      const over = [...ended, ...context.attempts];
      const isLogged = (context.handle !== null && !isTakenBack) || over.some(({ log }) => log !== null);
      expect(job?.log, where).toBe(isLogged ? '/out/j/log' : null);
      expect(
        job?.attempts.map(({ number, failure_kind: kind }) => `${number} ${kind}`),
        where,
      ).toEqual(context.attempts.map(({ number, kind }) => `${number} ${kind}`));
      expect(job?.parts?.filter(({ completed_at: end }) => end !== null).length ?? 0, where).toBe(ended.length);
      // Of a part that was not launched it is where the one before it was.
      if (!isTakenBack && (context.handle !== null || ended.length === 0))
        expect(job?.backend ?? null, where).toEqual(placeOf(context, value === 'settled'));
      expect(
        problems.filter((text) => !isOfDispatch(text)),
        where,
      ).toEqual([]);

      if (value === 'settled' && !moves.includes('runner.withdraw')) {
        const commits = journal.commits.length;
        await expect(scheduler.stopJob(jobId), where).rejects.toMatchObject({ code: 'jobFinished' });
        for (const move of [
          'run.placed',
          'run.output',
          'run.progress',
          'run.exited',
          'run.gone',
          'work.done',
          'time.passes',
        ] as const) {
          await steered.take(move, clock, { stop: () => {}, withdraw: () => {}, retry: () => {}, record: () => {} });
        }
        expect(scheduler.getJob(jobId), where).toEqual(job);
        expect(journal.commits.length, where).toBe(commits);
      }
    }
  });

  test('a runner does nothing on a forbidden event, in every state', () => {
    // The failure of work that a state does not do is left out: XState ends an actor for it.
    const moves: RunnerMove[] = [...sent, 'work.done', 'work.finds', 'time.passes'];
    for (const { runner } of states) {
      for (const move of moves.filter((name) => !isAllowed(runner, name))) {
        const [next, facts] = give(runner, move);
        expect(next === runner && facts.length === 0, `${move} in ${JSON.stringify(runner.value)}`).toBe(true);
      }
    }
  });
});
