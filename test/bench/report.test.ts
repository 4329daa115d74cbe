import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Figures, median, percentile } from '../../bench/figures.ts';
import { plans } from '../../bench/plan.ts';
import { rowsOf } from '../../bench/report/rows.ts';
import { alignedTable, tableOf } from '../../bench/report/table.ts';
import { writeReport } from '../../bench/report/write.ts';

const rows = rowsOf(plans.full);
const machine = {
  processor: 'a processor',
  cores: 2,
  memory: '8 GiB',
  kernel: '6',
  node: 'v26',
  evald: '1.0.0',
  commit: 'abc',
  filesystem: 'ext4 on /dev/x',
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
  const title = 'POST /evaluate, 64 connections';
  for (const value of [900, 1_000, 9_000]) figures.add('submit.64.perSecond', 'evald', value);
  figures.add('submit.64.perSecond', 'ceiling', 2_500);
  expect(rowOf(figures, title)).toMatchObject({ evald: '1,000', original: '–', 'evald ÷ bare': '0.40', met: '?' });
  figures.add('submit.64.perSecond', 'original', 250);
  expect(rowOf(figures, title)).toMatchObject({ 'evald ÷ original': '4.00', met: 'yes' });
  figures.add('submit.64.perSecond', 'ceiling', 2_600);
  expect(rowOf(figures, title)).toMatchObject({ met: 'no' });
});

test('a status request must be as fast at the deepest queue as at none', () => {
  const figures = new Figures();
  for (const depth of plans.full.depths) {
    figures.add(`job.${depth}.perSecond`, 'evald', depth === 1_000_000 ? 800 : 1_000);
    figures.add(`job.${depth}.perSecond`, 'ceiling', 1_000);
  }
  expect(rowOf(figures, 'GET /jobs/{id}, 100,000 queued')).toMatchObject({ met: 'yes' });
  expect(rowOf(figures, 'GET /jobs/{id}, 1,000,000 queued')).toMatchObject({ 'evald ÷ bare': '0.80', met: 'no' });
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
  await writeReport(folder, { plan: plans.full, rows, figures, machine, date: new Date(0) });
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
  expect(alignedTable(tableOf(rows, figures)).split('\n')).toHaveLength(1 + plans.full.depths.length);
});
