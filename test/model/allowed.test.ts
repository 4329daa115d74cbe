import { describe, expect, test } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { jobMachine } from '../../src/machines/job.ts';
import { runnerMachine } from '../../src/machines/runner.ts';
import { schedulerMachine } from '../../src/machines/scheduler.ts';
import { allowedJob, allowedRunner, allowedScheduler, initialStates } from './allowed.ts';
import { statesOf, tableOf, transitionsOf } from './chartTransitions.ts';

const charts: [string, AnyStateMachine, Record<string, string[]>][] = [
  ['job', jobMachine, allowedJob],
  ['runner', runnerMachine, allowedRunner],
  ['scheduler', schedulerMachine, allowedScheduler],
];

describe.for(charts)('the chart of a %s', ([, machine, allowed]) => {
  test('has the states and the transitions of the table written by hand, and no others', () => {
    expect(tableOf(machine)).toEqual(allowed);
  });

  test('begins each compound state where the table says', () => {
    const compound = statesOf(machine).filter(({ type }) => type === 'compound');
    const begins = compound.map((node) => [node.path.join('.') || machine.id, node.initial.target?.[0]?.key]);
    expect(Object.fromEntries(begins)).toEqual(initialStates[machine.id]);
  });

  test('names each of its transitions once', () => {
    const keys = transitionsOf(machine).map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
  });
});
