import { expect, test } from 'vitest';
import type { Harness } from '../../../src/runner/harnesses/contract.ts';
import { createDemoHarness } from '../../../src/runner/harnesses/demo/harness.ts';
import { createLmmsEvalHarness } from '../../../src/runner/harnesses/lmmsEval/harness.ts';
import { createHarnessRegistry, defaultHarness, warningOf } from '../../../src/runner/harnesses/registry.ts';
import { UnfitError } from '../../../src/schemas/errors/errors.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../../support/needs.ts';
import { fixture } from '../../support/runs/localRun.ts';

const demo = createDemoHarness({ extraArgs: [] });
const real = (python: string) => createLmmsEvalHarness({ python, extraArgs: [] });
const choose = (name: string, python: string) => defaultHarness(name, [real(python), demo]);

test.each([
  ['is not there', '/no/such/python'],
  ['fails', fixture('exit-3')],
  ['has no lmms-eval', fixture('bare-python')],
])('auto is the demo with a Python that %s', async (_, python) => {
  expect(await choose('auto', python)).toBe('demo');
});

test('a harness that was asked for by name is taken, whatever the Python has', async () => {
  expect(await choose('lmms-eval', '/no/such/python')).toBe('lmms-eval');
  expect(await choose('demo', '/no/such/python')).toBe('demo');
});

test.each([
  ['/no/such/python', /: \/no\/such\/python was not found, or is not executable; set --python/],
  [fixture('exit-3'), /: .*exit-3 ended with exit code 3$/],
  [fixture('bare-python'), /: .*bare-python has no lmms_eval, no torch/],
])(
  'lmms-eval asked for by name with a Python that cannot run it is a warning, with the reason: %s',
  async (python, why) => {
    const warning = await warningOf('lmms-eval', real(python));
    expect(warning).toMatch(`lmms-eval cannot run with --python ${python}, and jobs wait or fail until it can: `);
    expect(warning).toMatch(why);
  },
);

test('no warning is given of a harness that needs no Python, or was found to have one', async () => {
  expect(await warningOf('demo', demo)).toBeNull();
  expect(await warningOf('auto', real('/no/such/python'))).toBeNull();
});

describeWith(lmmsEval, 'auto', () => {
  test('auto is lmms-eval with a Python that has it', async () => {
    expect(await choose('auto', lmmsEvalPython)).toBe('lmms-eval');
    expect(await warningOf('lmms-eval', real(lmmsEvalPython))).toBeNull();
  });
});

const named = (name: string, whyNot: string | null): Harness => ({ ...demo, name, whyNot: async () => whyNot });

function registryOf(enabled: string[] = []) {
  return createHarnessRegistry({
    harnesses: [named('first', null), named('second', null), named('broken', 'its Python is gone')],
    ...{ usual: 'second', enabled, catalogs: { now: () => 0, logError: () => {} } },
  });
}

test('a submission that names no harness gets the default one', async () => {
  expect(await registryOf().choose(null)).toBe('second');
  expect(registryOf().all.map(({ name }) => name)).toEqual(['second', 'first', 'broken']);
});

test('without --enable-harness every harness that can run may be named, and one that cannot is refused with its reason', async () => {
  const registry = registryOf();
  expect(await registry.choose('first')).toBe('first');
  await expect(registry.choose('broken')).rejects.toThrow(UnfitError);
  await expect(registry.choose('broken')).rejects.toThrow('the harness broken cannot run: its Python is gone');
});

test('with --enable-harness only those and the default one may be named, whether they can run or not', async () => {
  const registry = registryOf(['broken']);
  expect([await registry.choose('second'), await registry.choose('broken')]).toEqual(['second', 'broken']);
  await expect(registry.choose('first')).rejects.toThrow(
    'the harness first is not offered (--enable-harness); offered are second, broken',
  );
});

test('a harness that nothing is known of is refused with the names of those that are offered', async () => {
  await expect(registryOf().choose('other')).rejects.toThrow(
    '`harness`: there is no harness other here; there are second, first, broken',
  );
});

test('a description of the harnesses says which is the default, which are offered, and why one cannot start', async () => {
  const { harnesses } = await registryOf(['broken']).describe();
  expect(
    harnesses.map(({ name, is_default, offered, can_start, reason }) => [name, is_default, offered, can_start, reason]),
  ).toEqual([
    ['second', true, true, true, null],
    ['first', false, false, true, expect.stringContaining('not offered')],
    ['broken', false, true, false, 'its Python is gone'],
  ]);
});
