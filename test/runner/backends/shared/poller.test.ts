import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import { createPoller, type PollerOptions } from '../../../../src/runner/backends/shared/poller.ts';

/** A poller of an engine whose answers are set by hand, in a time that passes when the test says so. */
function polled(more: Pick<PollerOptions<string, string>, 'rest' | 'glance'> = {}) {
  const clock = new SimulatedClock();
  const rounds: string[][] = [];
  const answers = new Map<string, string>();
  let isAway = false;
  let isHanging = false;
  let now = 0;
  const times: number[] = [];
  const poller = createPoller<string, string>(
    async (runs) => {
      rounds.push([...runs.values()]);
      times.push(now);
      if (isAway) throw new Error('away');
      if (isHanging) await new Promise(() => {});
      return new Map([...answers].filter(([key]) => runs.has(key)));
    },
    {
      ...more,
      time: {
        setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
        clearTimeout: (id) => clock.clearTimeout(id as never),
      },
    },
  );
  const pass = async (milliseconds: number) => {
    for (const end = now + milliseconds; now < end; ) {
      now += 50;
      clock.increment(50);
      await setImmediate();
    }
  };
  const goAway = (away: boolean) => {
    isAway = away;
  };
  const hang = () => {
    isHanging = true;
  };
  /** Milliseconds between the rounds. */
  const gaps = () => times.slice(1).map((time, i) => time - (times[i] ?? 0));
  return { poller, answers, rounds, pass, gaps, goAway, hang };
}

describe('polls', () => {
  test('polls ask about all runs at once, and give each watcher the answer about its own', async () => {
    const { poller, answers, rounds, pass } = polled();
    const heard: string[] = [];
    answers.set('a', 'A').set('b', 'B');
    poller.watch('a', 'run a', (answer) => heard.push(`1 ${answer}`));
    poller.watch('a', 'run a', (answer) => heard.push(`2 ${answer}`));
    poller.watch('b', 'run b', (answer) => heard.push(`3 ${answer}`));
    await pass(200);
    expect(rounds).toEqual([['run a', 'run b']]);
    expect(heard).toEqual(['1 A', '2 A', '3 B']);
  });

  test('polls come a second apart at first, and ever later while nothing happens, at most every 15 s', async () => {
    const { poller, answers, pass, gaps } = polled();
    answers.set('a', 'same');
    poller.watch('a', 'a', () => {});
    await pass(90_000);
    expect(gaps()[0]).toBe(1_000);
    expect(gaps()).toEqual(gaps().toSorted((a, b) => a - b));
    expect(gaps().slice(-3)).toEqual([15_000, 15_000, 15_000]);
  });

  test('polls come often again when an answer changes, and soon when something is about to', async () => {
    const { poller, answers, pass, gaps, rounds } = polled();
    answers.set('a', 'same');
    poller.watch('a', 'a', () => {});
    await pass(60_000);
    const slow = gaps().length;
    answers.set('a', 'other');
    await pass(20_000);
    expect(gaps().slice(slow)).toContain(1_000);
    await pass(60_000);
    const before = rounds.length;
    poller.hurry();
    await pass(150);
    expect(rounds).toHaveLength(before + 1);
  });

  test('polls go on while the engine is away, ever later, and report nothing', async () => {
    const { poller, answers, pass, gaps, goAway } = polled();
    const heard: string[] = [];
    answers.set('a', 'A');
    goAway(true);
    poller.watch('a', 'a', (answer) => heard.push(answer));
    await pass(90_000);
    expect([heard, gaps().at(-1)]).toEqual([[], 15_000]);
    goAway(false);
    await pass(15_000);
    expect(new Set(heard)).toEqual(new Set(['A']));
  });

  test('polls end when the last watcher stops, and begin again with the next', async () => {
    const { poller, rounds, pass } = polled();
    poller.watch('a', 'a', () => {})();
    await pass(60_000);
    expect(rounds).toEqual([]);
    const unwatch = poller.watch('a', 'a', () => {});
    await pass(2_000);
    unwatch();
    const before = rounds.length;
    await pass(60_000);
    expect(rounds).toHaveLength(before);
    poller.watch('b', 'b', () => {});
    await pass(200);
    expect(rounds.slice(before)).toEqual([['b']]);
  });

  test('a watcher that stops while others get reports gets no more', async () => {
    const { poller, answers, pass } = polled();
    const heard: string[] = [];
    answers.set('a', 'A');
    let unwatch = () => {};
    poller.watch('a', 'a', () => unwatch());
    unwatch = poller.watch('a', 'a', (answer) => heard.push(answer));
    await pass(5_000);
    expect(heard).toEqual([]);
  });

  test('polls are no more frequent than the engine allows, and come soon after a rest', async () => {
    const { poller, answers, pass, gaps } = polled({ rest: 1_000 });
    answers.set('a', 'same');
    poller.watch('a', 'a', () => {});
    for (let tenth = 0; tenth < 100; tenth++) {
      poller.hurry();
      await pass(100);
    }
    expect(gaps().length).toBeGreaterThanOrEqual(8);
    expect(Math.min(...gaps())).toBeGreaterThanOrEqual(1_000);
    await pass(60_000);
    const slow = gaps().length;
    poller.hurry();
    await pass(200);
    expect(gaps().length).toBe(slow + 1);
  });

  test('polls come earlier by what shows without the engine, which is looked at every second, also while it makes us wait', async () => {
    const shown = new Map<string, string>();
    let glances = 0;
    const glance = async () => {
      glances += 1;
      return shown;
    };
    const { poller, answers, pass, gaps, hang } = polled({ glance });
    answers.set('a', 'A');
    const heard: string[] = [];
    const unwatch = poller.watch('a', 'a', (answer) => heard.push(answer));
    await pass(60_000);
    const slow = gaps().length;
    shown.set('a', 'ended');
    await pass(2_000);
    expect(heard).toContain('ended');
    expect(gaps().length).toBeGreaterThan(slow);
    hang();
    await pass(20_000);
    const before = glances;
    await pass(5_000);
    expect(glances).toBe(before + 5);
    unwatch();
    await pass(2_000);
    const last = glances;
    await pass(10_000);
    expect(glances).toBe(last);
  });
});
