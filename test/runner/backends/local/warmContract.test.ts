import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { skipWithout, systemPython } from '../../../support/needs.ts';
import { fixture } from '../../../support/runs/localRun.ts';
import { type WarmRuns, warmRuns } from '../../../support/runs/warmRun.ts';

beforeEach((context) => skipWithout(systemPython, context));

const main = await readFile(fixture('warm/contract.py'), 'utf8');

const VARIABLES = { TEST_SAID: 'said' };

/** Runs, each cold and warm. What differs between any two runs has one name. */
async function bothWays(cases: readonly (readonly string[])[]) {
  const runs = await warmRuns(undefined, { main });
  await runs.whenReady(['end', 'nothing'], VARIABLES);
  const both = await Promise.all(
    cases.map(async (words) => ({ cold: await outcome(runs, words, true), warm: await outcome(runs, words, false) })),
  );
  expect(await runs.state()).toMatchObject({ state: 'ready', reason: null, last_cold: null, warm: cases.length });
  return both;
}

async function outcome(runs: WarmRuns, words: readonly string[], isCold: boolean) {
  const { spec, isWarm, reports, log } = await runs.runToEnd(words, VARIABLES, { isCold });
  expect(isWarm).toBe(!isCold);
  const exit = await readFile(`${spec.state}/exit`, 'utf8');
  const shown = log
    .replaceAll(spec.state, 'STATE')
    .replaceAll(spec.log, 'LOG')
    .replaceAll(/0x[0-9a-f]+/g, 'ADDRESS')
    .replace(/repeated \d+ more/, 'repeated N more');
  return { reports, exit: exit.split(' ')[0], log: shown };
}

describe('a run that is started warm', () => {
  test('has the session, variables, folder, limits, descriptors, signals, arguments, module, threads and processes of a cold one', async () => {
    const [both] = await bothWays([['say', 'a b', '$(id)', '-x', '']]);
    const [cold, warm] = [both?.cold, both?.warm].map((said) => JSON.parse(said?.log ?? ''));
    expect(Object.keys(cold)).toHaveLength(10);
    expect(cold).toMatchObject({
      session: { 'launcher leads': true },
      environment: { 'os.environ': { EVALD_RUN: 'STATE', TEST_SAID: 'said' } },
      processes: { fork: 4, spawn: [0, -1, -2, -3], forkserver: [0, -1, -2, -3] },
    });
    for (const [section, said] of Object.entries(cold)) expect.soft([section, warm[section]]).toEqual([section, said]);
  });

  test('ends as a cold one does, with its exit code, its signal, the text of its fault and what it does at its end', async () => {
    const names = [...main.matchAll(/^ {4}"([\w -]+)": (?=lambda|fault|late|os\.abort)/gm)].map(
      ([, name]) => name ?? '',
    );
    expect(names.length).toBeGreaterThan(18);
    const both = await bothWays(names.map((name) => ['end', name]));
    for (const [index, name] of names.entries()) {
      expect.soft([name, both[index]?.warm]).toEqual([name, both[index]?.cold]);
    }
  });
});
