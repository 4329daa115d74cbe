import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { RunReport } from '../../../../src/machines/ports/runner.ts';
import { watching } from '../../../support/clusters/slurm/watching.ts';

/** A handle of a run of which Slurm has a job, as it was submitted at a time (seconds since 1970). */
async function handedOver({ handle }: Awaited<ReturnType<typeof watching>>, at = 5_000) {
  const one = await handle('a', '7');
  await writeFile(join(one.state, 'submission.json'), JSON.stringify({ name: 'a', args: ['--parsable'] }));
  await writeFile(join(one.state, 'script'), '#!/bin/sh\n');
  await writeFile(join(one.state, 'submitted'), `7 ${at}\n`);
  return one;
}

test.each([
  ['was started after it was submitted', '5001'],
  ['does not say when it was started', 'Unknown'],
])('a job that had not begun, and that a controller which %s does not know, is submitted again', async (_, boot) => {
  const on = await watching();
  const { asked, queue, watch, secondsUntil } = on;
  queue.boot = boot;
  const reports: RunReport[] = [];
  watch(await handedOver(on), (report) => reports.push(report));
  await secondsUntil(() => asked.includes('sbatch'));
  expect(asked.filter((name) => name === 'squeue').length).toBeGreaterThanOrEqual(3);
  expect(reports).toEqual([{ type: 'run.placed', node: '', state: 'NOT SUBMITTED (Slurm has forgotten its job 7)' }]);
  queue.rows = ['8|RUNNING|None|n1|a'];
  await secondsUntil(() => reports.length === 2);
  expect(reports[1]).toEqual({ type: 'run.placed', node: 'n1', state: 'RUNNING', id: '8' });
  expect(asked.filter((name) => name === 'sbatch')).toHaveLength(1);
});

test('a job that had not begun, and that Slurm let go after its end, is not submitted again: it may have been cancelled by hand', async () => {
  const on = await watching();
  const { asked, queue, watch, secondsUntil } = on;
  queue.boot = '1000';
  const reports: RunReport[] = [];
  watch(await handedOver(on), (report) => reports.push(report));
  await secondsUntil(() => reports.length === 2);
  const reason = 'its job 7 ended in Slurm before it began, and Slurm no longer says why';
  expect(reports).toEqual([{ type: 'run.exited', exit: { kind: 'notStarted', reason } }, { type: 'run.gone' }]);
  expect(asked).not.toContain('sbatch');
});

test.each(['NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED'])(
  'a job that ends as %s before it began is submitted again',
  async (state) => {
    const on = await watching();
    const { asked, queue, watch, secondsUntil } = on;
    queue.rows = [`7|${state}|NodeDown|n1|a`];
    const reports: RunReport[] = [];
    watch(await handedOver(on), (report) => reports.push(report));
    await secondsUntil(() => asked.includes('sbatch'));
    expect(reports).toMatchObject([{ state: expect.stringMatching(/^NOT SUBMITTED \(.* before it began\)$/) }]);
    queue.rows = [`7|${state}|NodeDown|n1|a`, '8|CANCELLED|None||a'];
    await secondsUntil(() => reports.some(({ type }) => type === 'run.gone'));
    const reason = 'it was cancelled in Slurm (Slurm: CANCELLED)';
    expect(reports.at(-2)).toEqual({ type: 'run.exited', exit: { kind: 'cancelled', reason } });
    expect(asked.filter((name) => name === 'sbatch')).toHaveLength(1);
  },
);

test('a job that its node failed, and that cannot be submitted again at once, waits until it can', async () => {
  const on = await watching();
  const { asked, queue, watch, unsubmitted, secondsUntil } = on;
  Object.assign(queue, { boot: '1000', rows: ['7|NODE_FAIL|NodeDown|n1|a'], isFull: true });
  const reports: RunReport[] = [];
  watch(await handedOver(on), (report) => reports.push(report));
  await secondsUntil(() => asked.filter((name) => name === 'sbatch').length >= 4);
  expect(reports.at(-1)).toEqual({ type: 'run.placed', node: '', state: 'NOT SUBMITTED (AssocMaxSubmitJobLimit)' });
  expect(unsubmitted()).toBe('AssocMaxSubmitJobLimit');
  queue.isFull = false;
  await secondsUntil(() => asked.filter((name) => name === 'sbatch').length >= 5);
  queue.rows = ['8|RUNNING|None|n2|a'];
  await secondsUntil(() => reports.at(-1)?.type === 'run.placed' && unsubmitted() === null && reports.length === 3);
  expect(reports[2]).toEqual({ type: 'run.placed', node: 'n2', state: 'RUNNING', id: '8' });
});

test.each([
  ['keeps it in COMPLETING', ['7|COMPLETING|None|n1|a']],
  ['still shows it run', ['7|RUNNING|None|n1|a']],
  ['does not answer', null],
  ['hangs', 'never' as const],
])('a run that has recorded its end is over after half a minute, though Slurm %s', async (_, rows) => {
  for (const code of [0, 5]) {
    const on = await watching();
    const { queue, watch, secondsUntil } = on;
    queue.rows = rows;
    const one = await handedOver(on);
    await writeFile(join(one.state, 'claim'), '7 n1\n');
    await writeFile(join(one.state, 'exit'), `${code} 12.34\n`);
    const reports: RunReport[] = [];
    watch(one, (report) => reports.push(report));
    expect(await secondsUntil(() => reports.some(({ type }) => type === 'run.gone'))).toBeLessThanOrEqual(31);
    expect(reports.slice(-2)).toEqual([{ type: 'run.exited', exit: { kind: 'code', code } }, { type: 'run.gone' }]);
  }
});

test('a run of which evald has taken the start is over at once; what comes to wait for it in Slurm is cancelled', async () => {
  const on = await watching();
  const { asked, queue, watch, recall, cancelled, secondsUntil } = on;
  queue.rows = null;
  const one = await handedOver(on);
  const reports: RunReport[] = [];
  watch(one, (report) => reports.push(report));
  await mkdir(join(one.state, 'claim'));
  await recall(one);
  expect(reports.map(({ type }) => type)).toEqual(['run.exited', 'run.gone']);
  await secondsUntil(() => asked.length >= 3);
  expect(cancelled).toEqual([]);
  queue.rows = ['7|PENDING|Resources||a'];
  await secondsUntil(() => cancelled.length > 0);
  expect(reports).toHaveLength(2);
});
