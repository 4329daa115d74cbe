import { stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/frame/output/cells.ts';
import { endedLine, liveLines, type View } from '../../../src/cli/watch/lines.ts';
import { colours, noColours } from '../../../src/cli/watch/style.ts';
import { shownJob } from '../../support/jobs/shownJob.ts';
import { at, cancelled, completed, failed, NOW, running, starting, stateOf, waiting } from './states.ts';

const view = (columns: number, more: Partial<View> = {}): View => ({
  ...{ columns, rows: 23, now: NOW, isCompact: false, style: noColours },
  ...more,
});
const all = [running, starting, waiting, completed, failed, cancelled];

test('in 80 columns a job that runs has two lines, one that waits has its position', () => {
  expect(liveLines(stateOf(all), view(80))).toEqual([
    '▸ 1a2b3c4d llava       mmmu_val mathvista',
    '  ███░░░░░░░░░░░░░░░░░  13 %  Model Responding 120/900 · 3.4/s · ends in 45s',
    '▸ 2b3c4d5e qwen2_5_vl  mmmu_val mathvista',
    '  ░░░░░░░░░░░░░░░░░░░░        starting · for 8s',
    '· 3c4d5e6f internvl    mmmu_val mathvista  3 ahead',
    '  2 run · 1 waits · 1 completed · 1 failed · 1 cancelled',
  ]);
});

test('in 200 columns each job has one line', () => {
  expect(liveLines(stateOf(all), view(200))).toEqual([
    '▸ 1a2b3c4d llava       mmmu_val mathvista ████░░░░░░░░░░░░░░░░░░░░░░░░░░  13 %  Model Responding 120/900 · 3.4/s · ends in 45s',
    '▸ 2b3c4d5e qwen2_5_vl  mmmu_val mathvista ░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░        starting · for 8s',
    '· 3c4d5e6f internvl    mmmu_val mathvista  3 ahead',
    '  2 run · 1 waits · 1 completed · 1 failed · 1 cancelled',
  ]);
});

test('compact, a job that runs has one line in 80 columns too', () => {
  expect(liveLines(stateOf([running]), view(80, { isCompact: true }))).toEqual([
    '▸ 1a2b3c4d llava ██░░░░░░░░░░  13 %  Model Responding 120/900 · 3.4/s',
    '  1 runs · done in 45s',
  ]);
});

test('one that has ended is a line with its scores, or the cause of its failure', () => {
  expect([completed, failed, cancelled].map((job) => endedLine(job, view(80)))).toEqual([
    '✓ 4d5e6f70 random  mmmu_val acc 0.512 ± 0.016 · mathvista acc 0.250  3m10s',
    '✗ 5e6f7081 majority  Evaluation failed with return code 1: CUDA out of memory',
    '- 6f708192 gpt  cancelled',
  ]);
  expect(endedLine(completed, view(60))).toBe('✓ 4d5e6f70 random  mmmu_val acc 0.512 ± 0.016 +1  3m10s');
});

test.each([
  [{ kind: 'slot' as const }, 0, 'next, when a slot is free'],
  [{ kind: 'engine' as const, pending: 20 }, 0, 'next, when one of the 20 that wait on the engine begins'],
  [{ kind: 'devices' as const, needed: 4, free: 1 }, 0, 'next, when 4 devices are free (1 now)'],
  [{ kind: 'folder' as const, job_id: '1a2b3c4d-0000' }, 0, 'next, when 1a2b3c4d leaves its folder'],
  [{ kind: 'pause' as const }, 4, 'the queue is paused'],
  [{ kind: 'blocked' as const, reason: 'no space left' }, 0, 'nothing can start: no space left'],
])('one that waits says for what: %j', (waiting_for, position, text) => {
  const job = shownJob('3c4d5e6f-0000', { waiting_for, position_in_queue: position });
  expect(liveLines(stateOf([job]), view(80))[0]).toBe(`· 3c4d5e6f dummy  t1  ${text}`);
});

test('a position is as the queue was heard of last, and a start is named when it is expected', () => {
  const job = { ...waiting, expected_start_at: at(30) };
  const [line] = liveLines(stateOf([job], { waiting: ['x', job.job_id] }), view(80));
  expect(line).toBe('· 3c4d5e6f internvl  mmmu_val mathvista  1 ahead · starts in 30s');
});

test('what keeps everything from going on stands at the end', () => {
  const last = (fields: Parameters<typeof stateOf>[1]) => liveLines(stateOf([waiting], fields), view(80)).at(-1);
  expect(last({ paused: true })).toBe('! the queue is paused: evald resume lets it go on');
  expect(last({ blocked: 'no disk' })).toBe('! nothing can start: no disk');
  expect(last({ away: { since: NOW, reason: 'refused' } })).toMatch(/^! reconnecting: refused; this is how it was at /);
});

test('lines are never wider than the terminal nor more than it has rows, whatever jobs are called', () => {
  const names = ['\x1b[2Jevil\nname', '模型'.repeat(60), 'x'.repeat(300), '👩‍👩‍👧'.repeat(50), ''];
  const jobs = names.flatMap((model, index) => {
    const request = { model, tasks: Array.from({ length: 6 }, () => `task_${model}`) };
    return [running, starting, waiting, completed, { ...failed, error: `\x1b]0;${model}\x07` }].map((job) => ({
      ...job,
      job_id: `${index}${job.job_id}`,
      request: { ...job.request, ...request },
    }));
  });
  for (const columns of [40, 80, 119, 120, 200]) {
    for (const rows of [3, 8, 60]) {
      for (const isCompact of [true, false]) {
        const shown = view(columns, { rows, isCompact, style: colours });
        const lines = liveLines(stateOf(jobs, { paused: true }), shown);
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of [...lines, ...jobs.map((job) => endedLine(job, shown))]) {
          const text = stripVTControlCharacters(line);
          expect(text).not.toMatch(/\p{Cc}/u);
          expect(widthOf(text), `${columns} ${JSON.stringify(text)}`).toBeLessThanOrEqual(columns);
        }
      }
    }
  }
});

test('jobs for which there is no room are counted', () => {
  const jobs = Array.from({ length: 50 }, (_, index) => ({
    ...waiting,
    job_id: `${index}-job`,
    position_in_queue: index,
  }));
  const lines = liveLines(stateOf(jobs), view(80, { rows: 10 }));
  expect(lines).toHaveLength(10);
  expect(lines.slice(-2)).toEqual(['  … and 42 more', '  50 wait']);
});
