import { expect, test } from 'vitest';
import { checkHarness, chooseHarness } from '../../../src/runner/harnesses/chooseHarness.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../../support/needs.ts';
import { fixture } from '../../support/runs/localRun.ts';

const choose = async (name: 'auto' | 'lmms-eval' | 'demo', python: string) =>
  (await chooseHarness(name, { python, extraArgs: [] })).name;

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
    const warning = await checkHarness('lmms-eval', { python });
    expect(warning).toMatch(`lmms-eval cannot run with --python ${python}, and jobs wait or fail until it can: `);
    expect(warning).toMatch(why);
  },
);

test('no warning is given of a harness that needs no Python, or was found to have one', async () => {
  expect(await checkHarness('demo', { python: '/no/such/python' })).toBeNull();
  expect(await checkHarness('auto', { python: '/no/such/python' })).toBeNull();
});

describeWith(lmmsEval, 'auto', () => {
  test('auto is lmms-eval with a Python that has it', async () => {
    expect(await choose('auto', lmmsEvalPython)).toBe('lmms-eval');
    expect(await checkHarness('lmms-eval', { python: lmmsEvalPython })).toBeNull();
  });
});
