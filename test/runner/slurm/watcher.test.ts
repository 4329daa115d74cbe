import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { RunReport } from '../../../src/runner/contract.ts';
import { type SlurmCommands, SlurmError } from '../../../src/runner/slurm/command.ts';
import type { SlurmHandle } from '../../../src/runner/slurm/handle.ts';
import { createPace } from '../../../src/runner/slurm/pace.ts';
import { createWatcher } from '../../../src/runner/slurm/watcher.ts';
import { temporaryFolder } from '../../support/localRun.ts';

/** A watcher on a queue that the test writes, in a time that the test makes. */
async function watching() {
  const folder = await temporaryFolder();
  const asked: string[] = [];
  const queue: {
    /** Null: there is no answer; `never`: not even that. */
    rows: string[] | null | 'never';
    refusal: string | null;
    isFull: boolean;
    /** When the controller was started, as it says. */
    boot: string;
  } = { rows: [], refusal: null, isFull: false, boot: '' };
  const commands: SlurmCommands = {
    run: async (program, args) => {
      asked.push(program === 'scontrol' ? `scontrol ${args.at(-1)}` : program);
      if (queue.rows === 'never') return new Promise(() => {});
      if (args.at(-1) === 'config') return `SlurmctldHost[0] = here\nBOOT_TIME = ${queue.boot}\n`;
      if (queue.rows === null) throw new SlurmError('away', 'Unable to contact slurm controller');
      if (program === 'sbatch' && queue.isFull) throw new SlurmError('away', 'AssocMaxSubmitJobLimit');
      if (program === 'sbatch' && queue.refusal !== null) throw new SlurmError('refused', queue.refusal);
      return program === 'squeue' ? queue.rows.join('\n') : 'JobId=1 ExitCode=0:0 TimeLimit=01:00:00 ';
    },
  };
  const cancelled: string[] = [];
  const clock = new SimulatedClock();
  // A tick looks at files before it sets its timer; when all runs are gone it sets none.
  let isTickOver = false;
  const timers = {
    setTimeout: (callback: () => void, milliseconds: number) => {
      isTickOver = true;
      return clock.setTimeout(callback, milliseconds);
    },
    clearTimeout: (timer: unknown) => clock.clearTimeout(timer as number),
  };
  const watcher = createWatcher(commands, timers, async ({ name }) => void cancelled.push(name));
  const watched = new Set<string>();
  return {
    asked,
    queue,
    cancelled,
    recall: (one: SlurmHandle) => watcher.recall(one),
    unsubmitted: () => watcher.unsubmitted(),
    handle: async (name: string, id: string | null = name) => {
      const state = join(folder, name);
      await mkdir(state);
      return { backend: 'slurm' as const, name, id, comment: null, state };
    },
    watch: (one: SlurmHandle, report: (event: RunReport) => void = () => {}) => {
      watched.add(one.name);
      watcher.watch(one, (event) => {
        report(event);
        if (event.type === 'run.gone') watched.delete(one.name);
      });
    },
    /** Seconds pass, one by one, until it is so: what happens in one takes turns of the event loop, not time. @returns how many. */
    secondsUntil: async (condition: () => boolean) => {
      let second = 0;
      for (; !condition(); second++) {
        if (second === 1_000) throw new Error(`still not so after ${second} seconds: ${condition}`);
        // A tick reads files, which takes other turns than ours; the test's own limit is the limit.
        while (!isTickOver && watched.size > 0) await setImmediate();
        isTickOver = false;
        clock.increment(1_000);
        for (let turn = 0; turn < 200 && !condition(); turn++) await setImmediate();
      }
      return second;
    },
  };
}

test('the queue is asked at first every second, then ever more rarely, at least every 15 seconds', () => {
  const pace = createPace();
  const askedIn = (seconds: number) => {
    const at: number[] = [];
    for (let second = 1; second <= seconds; second++) {
      if (!pace.tick()) continue;
      at.push(second);
      pace.asked();
    }
    return at;
  };
  const at = askedIn(120);
  const gaps = at.slice(1).map((second, index) => second - (at[index] ?? 0));
  expect(gaps[0]).toBe(1);
  expect(gaps).toEqual(gaps.toSorted((one, other) => one - other));
  expect(gaps.at(-1)).toBe(15);
  pace.hurry();
  expect(askedIn(4)).toEqual([1, 2, 3]);
});

test('however many runs are watched, the queue is asked once for all of them', async () => {
  const { asked, queue, watch, handle, secondsUntil } = await watching();
  const handles = await Promise.all(Array.from({ length: 50 }, (_, index) => handle(`run${index}`)));
  queue.rows = handles.map(({ name }, index) => `${index}|RUNNING|None|n1|${name}`);
  const places: string[] = [];
  for (const one of handles) watch(one, (report) => report.type === 'run.placed' && places.push(one.name));
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

test('when a run is gone, what its program was to be told is too', async () => {
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

test('a job of which nobody knows whether it was submitted is, when it is not there in three looks; a refusal is told', async () => {
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

test('a job that Slurm takes no more of now waits, says why, and is submitted again, ever more rarely', async () => {
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

test('a job that had not begun, and that Slurm has let go since it ended there, is not: somebody may have cancelled it', async () => {
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
    expect(reports.at(-2)).toEqual({ type: 'run.exited', exit: { kind: 'notStarted', reason } });
    expect(asked.filter((name) => name === 'sbatch')).toHaveLength(1);
  },
);

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
