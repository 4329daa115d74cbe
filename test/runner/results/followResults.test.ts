import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onlyWhenChanged, watchForResults } from '../../../src/runner/results/followResults.ts';

/** Pauses that end when a test says so. */
function steered() {
  const pauses: number[] = [];
  let end = () => {};
  const pause = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      pauses.push(milliseconds);
      end = resolve;
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  const pass = async () => {
    end();
    await setImmediate();
  };
  return { pauses, pause, pass };
}

test('results are looked for while a run is silent, ever more rarely, and reported once', async () => {
  const { pauses, pause, pass } = steered();
  let [isThere, reports] = [false, 0];
  const watch = watchForResults(
    async () => isThere,
    () => (reports += 1),
    pause,
  );
  for (let look = 0; look < 6; look++) await pass();
  expect(pauses).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  isThere = true;
  await pass();
  expect(reports).toBe(1);
  watch.output();
  await pass();
  expect([reports, pauses.length]).toEqual([1, 7]);
});

test('output begins the silence again, and a look that fails finds nothing', async () => {
  const { pauses, pause, pass } = steered();
  let reports = 0;
  const looks = [Promise.reject(new Error('EIO')), Promise.resolve(true)];
  looks[0]?.catch(() => {});
  const watch = watchForResults(
    () => looks.shift() ?? Promise.resolve(false),
    () => (reports += 1),
    pause,
  );
  await pass();
  watch.output();
  await pass();
  expect([reports, pauses]).toEqual([1, [2_000, 4_000, 2_000]]);
});

test('nothing is reported of a run that is over, or that showed something during the look', async () => {
  const { pause, pass } = steered();
  let reports = 0;
  const looks: ((isThere: boolean) => void)[] = [];
  const look = () => new Promise<boolean>((resolve) => looks.push(resolve));
  const watch = watchForResults(look, () => (reports += 1), pause);
  await pass();
  watch.output();
  looks[0]?.(true);
  await pass();
  watch.end();
  looks[1]?.(true);
  await setImmediate();
  watch.output();
  await setImmediate();
  expect([reports, looks.length]).toEqual([0, 2]);
});

test('a look that found nothing is taken again only when there is something else to see', async () => {
  let [state, isThere, looks] = ['nothing', false, 0];
  const look = onlyWhenChanged(
    async () => {
      looks += 1;
      if (state === 'unreadable') throw new Error('cannot be read');
      return isThere;
    },
    async () => state,
  );
  for (let time = 0; time < 5; time++) expect(await look()).toBe(false);
  expect(looks).toBe(1);
  state = 'unreadable';
  for (let time = 0; time < 2; time++) await expect(look()).rejects.toThrow('cannot be read');
  [state, isThere] = ['all', true];
  expect([await look(), await look(), looks]).toEqual([true, true, 5]);
});
