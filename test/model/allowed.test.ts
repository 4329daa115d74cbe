import { describe, expect, test } from 'vitest';
import { charts } from '../../src/machines/charts.ts';
import { type MachineName, machineNames } from '../../src/schemas/server/machines.ts';
import { allowed } from './allowed.ts';
import { statesOf, tableOf, transitionsOf } from './chartTransitions.ts';
import { initialStates } from './initialStates.ts';

describe.for<MachineName>([...machineNames])('the chart of a %s', (name) => {
  const machine = charts[name];

  test('a chart has the states and the transitions of the table written by hand, and no others', () => {
    expect(tableOf(machine)).toEqual(allowed[name]);
  });

  test('a chart begins each compound state where the table says', () => {
    const compound = statesOf(machine).filter(({ type }) => type === 'compound');
    const begins = compound.map((node) => [node.path.join('.') || machine.id, node.initial.target?.[0]?.key]);
    expect(Object.fromEntries(begins)).toEqual(initialStates[machine.id]);
  });

  test('a chart names each of its transitions once', () => {
    const keys = transitionsOf(machine).map(({ key }) => key);
    expect(keys).toEqual([...new Set(keys)]);
  });
});
