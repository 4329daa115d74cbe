import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunReport } from '../../../../src/machines/ports/runner.ts';
import { watching } from '../../../support/clusters/slurm/watching.ts';

test('however many runs are watched, the queue is asked once for all of them', async () => {
  const { asked, queue, watch, handle, secondsUntil } = await watching();
  const handles = await Promise.all(Array.from({ length: 50 }, (_, index) => handle(`run${index}`)));
  queue.rows = handles.map(({ comment }, index) => `${index}|RUNNING|None|n1|${comment}`);
  const places: string[] = [];
  for (const one of handles) watch(one, (report) => report.type === 'run.placed' && places.push(one.comment));
  await secondsUntil(() => places.length === 50);
  expect(asked.length).toBeLessThanOrEqual(2);
  await secondsUntil(() => asked.length >= 8);
  expect(new Set(asked)).toEqual(new Set(['squeue']));
  expect(new Set(places).size).toBe(places.length);
});

test('a queue that cannot be seen ends nothing', async () => {
  const { asked, queue, watch, handle, secondsUntil } = await watching();
  queue.rows = ['1|RUNNING|None|n1|a'];
  const reports: RunReport[] = [];
  watch(await handle('a', '1'), (report) => reports.push(report));
  await secondsUntil(() => reports.length === 1);
  queue.rows = null;
  const before = asked.length;
  await secondsUntil(() => asked.length >= before + 20);
  queue.rows = ['1|RUNNING|None|n1|a'];
  await secondsUntil(() => reports.length === 3);
  const place = (state: string) => ({ type: 'run.placed', node: 'n1', state });
  expect(reports).toEqual([place('RUNNING'), place('UNKNOWN'), place('RUNNING')]);
});

test('a job that is missed in one look and there in the next is not lost; in three looks it is', async () => {
  const { asked, queue, watch, handle, secondsUntil } = await watching();
  const reports: RunReport[] = [];
  const one = await handle('a', '1');
  await writeFile(join(one.state, 'claim'), '1 n1\n');
  watch(one, (report) => reports.push(report));
  await secondsUntil(() => asked.length >= 2);
  queue.rows = ['1|RUNNING|None|n1|a'];
  await secondsUntil(() => reports.length === 1);
  expect(reports).toEqual([{ type: 'run.placed', node: 'n1', state: 'RUNNING' }]);
  queue.rows = [];
  const before = asked.length;
  await secondsUntil(() => reports.length === 3);
  expect(asked.length).toBeGreaterThanOrEqual(before + 3);
  const reason = 'Slurm does not know its job 1 any more, and it left no exit code';
  expect(reports.slice(1)).toEqual([{ type: 'run.exited', exit: { kind: 'unknown', reason } }, { type: 'run.gone' }]);
});

test('a job that Slurm has forgotten and that left its exit code has ended with that', async () => {
  const { queue, watch, handle, secondsUntil } = await watching();
  const reports: RunReport[] = [];
  const one = await handle('a', '1');
  await writeFile(join(one.state, 'claim'), '1 n1\n');
  await writeFile(join(one.state, 'exit'), '3 12.34\n');
  queue.rows = ['1|RUNNING|None|n1|of-another'];
  watch(one, (report) => reports.push(report));
  await secondsUntil(() => reports.length === 3);
  expect(reports).toEqual([
    { type: 'run.placed', node: 'n1', state: 'COMPLETING' },
    { type: 'run.exited', exit: { kind: 'code', code: 3 } },
    { type: 'run.gone' },
  ]);
});

test('when a run is gone, the arguments and variables of its program are too', async () => {
  const { watch, handle, secondsUntil } = await watching();
  const one = await handle('a', '1');
  const program = join(one.state, 'program');
  await writeFile(program, 'planted-secret');
  let left: string | null = null;
  watch(one, ({ type }) => {
    if (type === 'run.gone') left = readFileSync(program, 'utf8');
  });
  await secondsUntil(() => left !== null);
  expect(left).toBe('');
});

test('a job that was taken back and is still there is cancelled', async () => {
  const { queue, watch, handle, secondsUntil, cancelled } = await watching();
  const one = await handle('a', '1');
  await mkdir(join(one.state, 'claim'));
  queue.rows = ['1|PENDING|Resources||a'];
  watch(one);
  await secondsUntil(() => cancelled.length > 0);
  expect(cancelled).toContain('a');
});

test('a job that may not have been submitted is, when it is not there in three looks; a refusal is reported', async () => {
  const { asked, queue, watch, handle, secondsUntil } = await watching();
  const reports: RunReport[] = [];
  const one = await handle('a', null);
  await writeFile(join(one.state, 'submission.json'), JSON.stringify({ name: 'a', args: ['--parsable'] }));
  await writeFile(join(one.state, 'script'), '#!/bin/sh\n');
  watch(one, (report) => reports.push(report));
  await secondsUntil(() => asked.includes('sbatch'));
  expect(asked.indexOf('sbatch')).toBeGreaterThanOrEqual(3);
  expect(reports).toEqual([]);
  queue.refusal = 'Invalid account or account/partition combination specified';
  await secondsUntil(() => reports.length === 2);
  expect(reports).toEqual([
    { type: 'run.exited', exit: { kind: 'notStarted', reason: `Slurm refused it: ${queue.refusal}` } },
    { type: 'run.gone' },
  ]);
});

test('a job that is submitted again and refused as every other is, waits, says why, and is submitted when that has passed', async () => {
  const { queue, watch, handle, secondsUntil, asked } = await watching();
  const reports: RunReport[] = [];
  const one = await handle('a', null);
  await writeFile(join(one.state, 'submission.json'), JSON.stringify({ name: 'a', args: ['--parsable'] }));
  await writeFile(join(one.state, 'script'), '#!/bin/sh\n');
  queue.refusal = 'Invalid partition name specified';
  queue.common = `Slurm refuses every submission: ${queue.refusal}`;
  watch(one, (report) => reports.push(report));
  await secondsUntil(() => asked.filter((program) => program === 'sbatch').length === 3);
  expect(reports).toEqual([{ type: 'run.placed', node: '', state: `NOT SUBMITTED (${queue.common})` }]);
  Object.assign(queue, { refusal: null, rows: ['4|RUNNING|None|n1|a'] });
  await secondsUntil(() => reports.length === 2);
  expect(reports[1]).toMatchObject({ type: 'run.placed', node: 'n1', state: 'RUNNING' });
});

test('a job for which Slurm has no room now waits, says why, and is submitted again, ever more rarely', async () => {
  const { asked, queue, watch, handle, secondsUntil } = await watching();
  const reports: RunReport[] = [];
  const one = await handle('a', null);
  await writeFile(join(one.state, 'submission.json'), JSON.stringify({ name: 'a', args: ['--parsable'] }));
  await writeFile(join(one.state, 'script'), '#!/bin/sh\n');
  queue.isFull = true;
  watch(one, (report) => reports.push(report));
  await secondsUntil(() => reports.length === 1);
  expect(reports).toEqual([{ type: 'run.placed', node: '', state: 'NOT SUBMITTED (AssocMaxSubmitJobLimit)' }]);
  const before = asked.length;
  // Ten looks, and a submission after each.
  expect(await secondsUntil(() => asked.length >= before + 20)).toBeGreaterThan(40);
  expect(reports).toHaveLength(1);
  queue.isFull = false;
  await secondsUntil(() => asked.at(-1) === 'sbatch');
  queue.rows = ['4|RUNNING|None|n1|a'];
  await secondsUntil(() => reports.length === 2);
  expect(reports[1]).toEqual({ type: 'run.placed', node: 'n1', state: 'RUNNING', id: '4' });
});
