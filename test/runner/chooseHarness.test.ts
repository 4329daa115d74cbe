import { expect, test } from 'vitest';
import { chooseHarness } from '../../src/runner/chooseHarness.ts';
import { fixture } from '../support/localRun.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../support/needs.ts';

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

describeWith(lmmsEval, 'auto', () => {
  test('is lmms-eval with a Python that has it', async () => {
    expect(await choose('auto', lmmsEvalPython)).toBe('lmms-eval');
  });
});
