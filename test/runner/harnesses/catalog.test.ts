import { describe, expect, test } from 'vitest';
import { createCatalog } from '../../../src/runner/harnesses/catalog.ts';

const MINUTE = 60_000;

/** A harness whose answers the test gives, and a clock that it moves. */
function setUp() {
  const asked: { what: string; answer: (names: string[]) => void; fail: (error: Error) => void }[] = [];
  const logged: unknown[] = [];
  const clock = { now: 0 };
  const ask = (what: string) => () => {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    asked.push({ what, answer: resolve, fail: reject });
    return promise;
  };
  const catalog = createCatalog({
    list: { tasks: ask('tasks'), models: ask('models') },
    now: () => clock.now,
    logError: (_message, error) => logged.push(error),
    staleAfter: 10 * MINUTE,
    retryAfter: 10_000,
  });
  const last = () => {
    const question = asked.at(-1);
    if (question === undefined) throw new Error('the harness was not asked');
    return question;
  };
  return { catalog, asked, logged, clock, last };
}

/** Lets everything that is due happen. */
const settled = () => new Promise((done) => setImmediate(done));

test('the harness is asked once, for all calls meanwhile and later', async () => {
  const { catalog, asked, last } = setUp();
  const answers = [catalog.tasks(), catalog.tasks()];
  await settled();
  last().answer(['a']);
  expect(await Promise.all(answers)).toEqual([['a'], ['a']]);
  expect(await catalog.tasks()).toEqual(['a']);
  expect(asked).toHaveLength(1);
});

test('the harness gets one question at a time, also for different lists', async () => {
  const { catalog, asked, last } = setUp();
  const tasks = catalog.tasks();
  const models = catalog.models();
  await settled();
  expect(asked.map(({ what }) => what)).toEqual(['tasks']);
  last().fail(new Error('no'));
  await expect(tasks).rejects.toThrow('no');
  await settled();
  expect(asked.map(({ what }) => what)).toEqual(['tasks', 'models']);
  last().answer(['m']);
  expect(await models).toEqual(['m']);
});

test('an old list is served at once and refreshed behind it', async () => {
  const { catalog, asked, clock, last } = setUp();
  const first = catalog.tasks();
  await settled();
  last().answer(['a']);
  await first;
  clock.now = 10 * MINUTE;
  expect(await catalog.tasks()).toEqual(['a']);
  expect(await catalog.tasks()).toEqual(['a']);
  await settled();
  expect(asked).toHaveLength(2);
  last().answer(['a', 'b']);
  await settled();
  expect(await catalog.tasks()).toEqual(['a', 'b']);
  expect(asked).toHaveLength(2);
});

describe('a failure', () => {
  test('a failure of the catalog is answered with the message of the harness, and remembered for a short while only', async () => {
    const { catalog, asked, clock, last } = setUp();
    const first = catalog.models();
    await settled();
    last().fail(new Error('No module named lmms_eval'));
    const refusal = {
      code: 'catalogUnavailable',
      message: 'The harness cannot list its models: No module named lmms_eval',
    };
    await expect(first).rejects.toMatchObject(refusal);
    clock.now = 9_999;
    await expect(catalog.models()).rejects.toMatchObject(refusal);
    expect(asked).toHaveLength(1);
    clock.now = 10_000;
    const again = catalog.models();
    await settled();
    last().answer(['m']);
    expect(await again).toEqual(['m']);
  });

  test('a failure of the catalog never replaces a list, and is logged', async () => {
    const { catalog, asked, logged, clock, last } = setUp();
    const first = catalog.tasks();
    await settled();
    last().answer(['a']);
    await first;
    clock.now = 10 * MINUTE;
    await catalog.tasks();
    await settled();
    last().fail(new Error('broken'));
    await settled();
    expect(await catalog.tasks()).toEqual(['a']);
    expect(logged).toEqual([expect.objectContaining({ code: 'catalogUnavailable' })]);
    expect(asked).toHaveLength(2);
    clock.now += 10_000;
    expect(await catalog.tasks()).toEqual(['a']);
    await settled();
    expect(asked).toHaveLength(3);
  });
});
