import { expect, test } from 'vitest';
import { createLmmsEvalHarness } from '../../../src/runner/harnesses/lmmsEval/harness.ts';
import { warmHarness } from '../../../src/runner/harnesses/warm.ts';
import { skipWithout, systemPython } from '../../support/needs.ts';
import { fixture } from '../../support/runs/localRun.ts';

test('the lists are read after the start, and a folder that the harness cannot be given is reported', async (context) => {
  skipWithout(systemPython, context);
  const python = fixture('reading-lmms-eval');
  const harness = createLmmsEvalHarness({ python, extraArgs: [], env: { HF_TOKEN: 'hf_abcdefghijklmnop12345678' } });
  const asked: string[] = [];
  const problems: string[] = [];
  await warmHarness({
    harness,
    catalog: {
      tasks: async () => {
        asked.push('tasks');
        throw new Error('no tasks today');
      },
      models: async () => {
        asked.push('models');
        return [];
      },
    },
    folders: ['/data/outputs', "/data/it's"],
    prefix: 'run_',
    onProblem: (message) => problems.push(message),
  });
  harness.close();
  expect(asked).toEqual(['tasks', 'models']);
  expect(problems).toEqual([expect.stringMatching(/^jobs that write below \/data\/it's are refused/)]);
  expect(problems.join('')).not.toContain('hf_abc');
});

test('a harness that cannot be asked about a folder ends nothing', async () => {
  const harness = createLmmsEvalHarness({ python: fixture('bare-python'), extraArgs: [] });
  const asked: string[] = [];
  await warmHarness({
    harness,
    catalog: { tasks: async () => asked.splice(0, 0, 'tasks'), models: async () => asked.splice(0, 0, 'models') },
    folders: ['/data/é (1)'],
    prefix: 'run_',
    onProblem: () => {},
  });
  harness.close();
  expect(asked).toEqual(['models', 'tasks']);
});

test('the Python that runs are forked from is made behind a server that has started', async () => {
  const python = { python: '/venv/bin/python', program: 'MODULE = "m"', env: { HF_HOME: '/models' } };
  const prepared: unknown[] = [];
  await warmHarness({
    harness: {
      name: 'mine',
      check: async () => ({ faults: [], warnings: [], unread: null }),
      list: async () => [],
      warm: { program: python.program, python: async () => python },
    },
    warm: { prepare: async (of) => void prepared.push(of) },
    catalog: { tasks: async () => [], models: async () => [] },
    folders: [],
    prefix: 'run_',
    onProblem: () => {},
  });
  expect(prepared).toEqual([python]);
});
