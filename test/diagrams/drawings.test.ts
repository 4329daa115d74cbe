import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readChart, statesOf } from '../../src/machines/chart.ts';
import { charts } from '../../src/machines/charts.ts';
import { drawAll } from '../../tools/diagrams/drawAll.ts';

const drawings = await drawAll();
const drawing = (name: string): string => drawings.get(name) ?? '';
const idsIn = (svg: string): string[] => [...svg.matchAll(/ id="([^"]*)"/g)].map(([, id]) => String(id));
const names = Object.keys(charts) as (keyof typeof charts)[];

test('every drawing in diagrams/ is what the code says now', () => {
  for (const [name, text] of drawings) {
    expect(readFileSync(new URL(`../../diagrams/${name}`, import.meta.url), 'utf8') === text, name).toBe(true);
  }
});

test('drawn again, every drawing is the same', async () => {
  expect(await drawAll()).toEqual(drawings);
});

describe.each(names)('the chart %s', (name) => {
  const states = statesOf(readChart(charts[name]));
  const transitions = states.flatMap(({ transitions }) => transitions);

  test('a chart names its transitions apart', () => {
    const ids = transitions.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z][\w.-]*$/);
  });

  test('the drawing of a chart has an element for every state and every transition, each once', () => {
    const ids = idsIn(drawing(`${name}.svg`));
    expect(new Set(ids).size).toBe(ids.length);
    const expected = [...states.map(({ path }) => `state-${path}`), ...transitions.map(({ id }) => `transition-${id}`)];
    expect(ids.filter((id) => !id.startsWith('initial-')).sort()).toEqual(expected.sort());
  });

  test('the outline of a chart has every state and every arrow', () => {
    const ids = idsIn(drawing(`outline/${name}.svg`));
    const arrows = transitions.filter(({ to }) => to !== null);
    const expected = [...states.map(({ path }) => `state-${path}`), ...arrows.map(({ id }) => `transition-${id}`)];
    expect(ids.filter((id) => !id.startsWith('initial-')).sort()).toEqual(expected.sort());
  });

  test('the drawing of a chart has every description, event, guard and action', () => {
    // Long texts are broken into lines.
    const text = drawing(`${name}.svg`)
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    const mermaid = drawing(`${name}.mmd`);
    for (const { description } of states) if (description !== null) expect(text).toContain(description);
    for (const { event, guard, actions } of transitions) {
      for (const word of [event, ...(guard === null ? [] : [guard]), ...actions]) {
        expect(text).toContain(word);
        expect(mermaid).toContain(word);
      }
    }
  });

  test('the Mermaid of a chart has every arrow', () => {
    const id = (path: string | null) => path?.replaceAll('.', '_');
    for (const { from, to, event } of transitions.filter(({ to }) => to !== null)) {
      expect(drawing(`${name}.mmd`)).toContain(`${id(from)} --> ${id(to)}: ${event}`);
    }
  });
});

test('ids of a drawing stay what they were: other pages link to them', () => {
  expect(idsIn(drawing('job.svg'))).toEqual([
    'state-job',
    'initial-job',
    'transition-queued--job.start--running',
    'transition-queued--job.cancel--cancelled',
    'transition-running--job.complete--completed',
    'transition-running--job.fail--failed',
    'state-queued',
    'transition-queued--job.reprioritise--queued',
    'state-running',
    'transition-running--job.progress--running',
    'transition-running--job.taskCompleted--running',
    'transition-running--job.attemptFailed--running',
    'transition-running--job.stopRequested--running',
    'state-completed',
    'state-failed',
    'state-cancelled',
  ]);
  for (const id of [
    'state-intake.closed.unwritable',
    'transition-dispatch.idle--always--dispatch.busy--canStart',
    'transition-intake--scheduler.shutdown--intake.closed.leaving--isLeaving',
    'transition-intake.closed.unwritable--after.probe--intake.closed.unwritable',
    'transition-scheduler--error.any--scheduler--isUnsettled',
  ]) {
    expect(idsIn(drawing('scheduler.svg'))).toContain(id);
  }
  for (const id of [
    'transition-launching--done.launch--stopping--isStopRequested',
    'transition-running.lingering--after.grace--stopping',
  ]) {
    expect(idsIn(drawing('runner.svg'))).toContain(id);
  }
});

test('every drawing can be read in light and in dark, and needs nothing from elsewhere', () => {
  for (const [name, svg] of drawings) {
    if (!name.endsWith('.svg')) continue;
    expect(svg).toContain('prefers-color-scheme: dark');
    expect(svg).toContain('currentColor');
    expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|@import|url\(|<script/);
    expect(svg).toMatch(/role="img" aria-label="[^"]+"/);
  }
});

test('the chart of a job in the README is the drawn one', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  expect(/```mermaid\n(.*?)```/s.exec(readme)?.[1]).toBe(drawing('job.mmd'));
});
