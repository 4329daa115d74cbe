import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Figures, median, percentile } from '../../bench/figures.ts';
import { plans } from '../../bench/plan.ts';
import { rowsOf } from '../../bench/report/rows.ts';
import { alignedTable, tableOf } from '../../bench/report/table.ts';
import { tablesOf, writeReport } from '../../bench/report/write.ts';

const rows = rowsOf(plans.full);
const peers = { BullMQ: '6.0.0', Redis: '7.0.0' };
const machine = {
  processor: 'a processor',
  cores: 2,
  memory: '8 GiB',
  kernel: '6',
  node: 'v26',
  evald: '1.0.0',
  commit: 'abc',
  filesystem: 'ext4 on /dev/x',
  peers: null,
};

/** The row of a figure, by its head. */
function rowOf(figures: Figures, title: string): Record<string, string | undefined> {
  const [head = [], ...lines] = tableOf(rows, figures);
  const line = lines.find(([first]) => first === title);
  return Object.fromEntries(head.map((name, column) => [name, line?.[column]]));
}

test('medians and percentiles are those of the values in order', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, undefined]);
  expect([percentile([1, 2, 3, 4, 5], 0), percentile([1, 2, 3, 4, 5], 75), percentile([1, 2], 99)]).toEqual([
    1, 4, 1.99,
  ]);
});

test('an aim is met by medians and their ratios, missed when one of them misses, and open while one is not measured', () => {
  const figures = new Figures();
  const title = '200 jobs of an interpreter that does nothing';
  const runs = 'runs.interpreter.perSecond';
  for (const value of [90, 100, 900]) figures.add(runs, 'evald', value);
  figures.add(runs, 'ceiling', 160);
  expect(rowOf(figures, title)).toMatchObject({ evald: '100', original: '–', 'evald ÷ bare': '0.63', met: '?' });
  figures.add(runs, 'original', 25);
  expect(rowOf(figures, title)).toMatchObject({ 'evald ÷ original': '4.00', met: 'yes' });
  figures.add(runs, 'ceiling', 180);
  expect(rowOf(figures, title)).toMatchObject({ met: 'no' });
});

test('a status request must be fifty times as fast as that of the original, and lose at most a quarter by a long queue', () => {
  const figures = new Figures();
  for (const depth of plans.full.depths) {
    figures.add(`job.${depth}.perSecond`, 'evald', depth === 0 ? 1_000 : 751);
    figures.add(`one.${depth}.perSecond`, 'evald', depth === 0 ? 1_000 : 751);
  }
  figures.add('job.10000.perSecond', 'original', 15);
  expect(rowOf(figures, 'GET /jobs/{id}, 10,000 queued')).toMatchObject({ met: 'yes' });
  expect(rowOf(figures, 'GET /jobs/{id}, 100,000 queued')).toMatchObject({ met: 'yes' });
  expect(rowOf(figures, '… of the last one alone, 100,000 queued')).toMatchObject({ met: 'yes' });
  figures.add('job.0.perSecond', 'evald', 1_010);
  figures.add('one.0.perSecond', 'evald', 1_010);
  figures.add('job.10000.perSecond', 'original', 16);
  expect(rowOf(figures, 'GET /jobs/{id}, 10,000 queued')).toMatchObject({ met: 'no' });
  expect(rowOf(figures, 'GET /jobs/{id}, 100,000 queued')).toMatchObject({ met: 'no' });
  expect(rowOf(figures, '… of the last one alone, 100,000 queued')).toMatchObject({ met: 'no' });
});

test('submissions beside other queues are a table of their own, whose aim is met ahead of both, and none where they were not measured', () => {
  const figures = new Figures();
  figures.add('submit.64.perSecond', 'evald', 1);
  expect(tablesOf(plans.full, figures)).toHaveLength(1);
  for (const [subject, value] of [
    ['evald', 100],
    ['bullmq', 80],
    ['pgBoss', 101],
  ] as const)
    figures.add('peers.64.perSecond', subject, value);
  figures.add('peers.1.perSecond', 'evald', 100);
  const [, [head, ...lines] = []] = tablesOf(plans.full, figures);
  expect(head?.slice(2, 7)).toEqual(['evald', 'BullMQ', 'pg-boss', 'evald ÷ BullMQ', 'evald ÷ pg-boss']);
  expect(lines).toEqual([
    ['POST /evaluate, 1 connection', 'requests/s', '100', '–', '–', '–', '–', 'ahead of both', '?'],
    ['POST /evaluate, 64 connections', 'requests/s', '100', '80.0', '101', '1.25', '0.99', 'ahead of both', 'no'],
  ]);
  figures.add('peers.64.perSecond', 'evald', 110);
  figures.add('peers.64.perSecond', 'evald', 110);
  expect(tablesOf(plans.full, figures)[1]?.at(-1)?.at(-1)).toBe('yes');
});

test('a run is written between the marks of the README, as figures and as charts, and the rest stays', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'evald-bench-test-'));
  context.onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'README.md'), 'before\n<!-- results -->\nold\n<!-- /results -->\nafter\n');
  const figures = new Figures();
  for (const depth of plans.full.depths) {
    for (const subject of ['evald', 'original', 'ceiling'] as const) {
      figures.add(`job.${depth}.perSecond`, subject, 1_000);
      figures.add(`job.${depth}.p99`, subject, 5);
    }
  }
  await writeReport(folder, { plan: plans.full, figures, machine, date: new Date(0) });
  const readme = await readFile(join(folder, 'README.md'), 'utf8');
  expect(readme).toMatch(/^before\n<!-- results -->\n\n1970-01-01, 2 cores \(a processor\)/);
  expect(readme).toMatch(/\n\| GET \/jobs\/\{id\}, 0 queued \| .*\n<!-- \/results -->\nafter\n$/s);
  expect(readme).not.toContain('old');
  expect(JSON.parse(await readFile(join(folder, 'results.json'), 'utf8'))).toMatchObject({
    machine,
    medians: { 'job.0.perSecond': { evald: 1_000 } },
  });
  for (const chart of ['throughput.svg', 'latency.svg']) {
    const svg = await readFile(join(folder, chart), 'utf8');
    for (const text of ['evald, durable', 'the original, in memory', 'bare Hono', '1,000,000'])
      expect(svg).toContain(text);
  }
  await writeReport(folder, { plan: plans.full, figures, machine: { ...machine, peers }, date: new Date(0) });
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toMatch(
    /\nBeside evald: BullMQ 6\.0\.0, Redis 7\.0\.0\.\n\n<!--/,
  );
  expect(alignedTable(tableOf(rows, figures)).split('\n')).toHaveLength(1 + plans.full.depths.length);
});
