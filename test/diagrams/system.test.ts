import { expect, test } from 'vitest';
import { charts } from '../../src/machines/charts.ts';
import { calls, messages, parts, senders } from '../../tools/diagrams/system.ts';
import { systemSvg } from '../../tools/diagrams/systemSvg.ts';

const named = (events: readonly string[]) =>
  events.filter((event) => !/^xstate\.(after|done\.actor|error\.actor\.\d)/.test(event)).sort();

test.each(Object.keys(charts) as (keyof typeof charts)[])(
  'the actor %s is sent what its chart takes, and nothing else',
  (name) => {
    expect(Object.keys(senders[name]).sort()).toEqual(named(charts[name].events));
  },
);

test('whatever sends or receives an event is a part, and every part does', () => {
  const involved = messages().flatMap(({ from, to }) => [from, to]);
  expect(new Set(involved)).toEqual(new Set(Object.keys(parts)));
});

test('every actor that a chart makes is a part, or a call', () => {
  const [called] = calls.filter(({ from }) => from === 'scheduler').map(({ names }) => names);
  expect(called).toEqual(['probe', 'lookForCheckpoints']);
  const watching = ['journalWriter', 'diskWatch', 'runner'];
  expect(Object.keys(charts.scheduler.implementations.actors)).toEqual([...watching, ...(called ?? [])]);
  expect(senders.scheduler['disk.filled']).toBe('disks');
  const ofDeliveries = calls.filter(({ from }) => from === 'delivery').flatMap(({ names }) => names);
  expect(Object.keys(charts.delivery.implementations.actors)).toEqual(ofDeliveries);
  for (const name of ['journalWriter', 'runner']) expect(parts).toHaveProperty(name);
});

test('the drawing has an element for every part and for what goes between two, with every event', async () => {
  const svg = await systemSvg('');
  for (const name of Object.keys(parts)) expect(svg).toContain(`id="actor-${name}"`);
  for (const { from, to, names } of messages()) {
    expect(svg).toContain(`id="message-${from}--${to}"`);
    for (const name of names) expect(svg).toContain(name);
  }
});
