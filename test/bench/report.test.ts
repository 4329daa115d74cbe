import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Figures, median, percentile, type Subject } from '../../bench/figures.ts';
import { plans, withRounds } from '../../bench/plan.ts';
import { rowsOf } from '../../bench/report/rows.ts';
import { type MeasureName, measureNames, sections, tablesOf, wholeSections } from '../../bench/report/sections.ts';
import { alignedTable, tableOf } from '../../bench/report/table.ts';
import { writeReport } from '../../bench/report/write.ts';

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
  load: 1.5,
  lmmsEval: '0.7.3',
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

test('warm evaluations must have their numbers in a twentieth of the time of the original, and are shown with how many times as good they are', () => {
  const figures = new Figures();
  const times = { original: [10, 12, 11], evaldCold: [11], ceiling: [9], evaldWarm: [0.5, 0.55, 0.6] };
  for (const [subject, values] of Object.entries(times))
    for (const value of values) figures.add('evaluations.seconds', subject as Subject, value);
  for (const subject of ['original', 'evaldWarm'] as const) figures.add('evaluations.share', subject, 5);
  figures.add('evaluations.perHour', 'original', 300);
  figures.add('evaluations.perHour', 'evaldWarm', 6_000);
  const table = () => tablesOf(plans.full, figures)[0] ?? [];
  const [head, median, range, share, perHour] = table();
  expect(share?.slice(2, 9)).toEqual(['5.00', '–', '5.00', '–', '', '', '']);
  expect(head?.slice(2)).toEqual([
    ...['evald, warm', 'evald, cold', 'original', 'by hand'],
    ...['warm: × cold', 'warm: × original', 'warm: × by hand', 'aim', 'met'],
  ]);
  expect(median).toEqual([
    ...['Submission to numbers', 's', '0.55', '11.0', '11.0', '9.00', '20.0', '20.0', '16.4', '20 × original', 'yes'],
  ]);
  expect(range?.slice(0, 7)).toEqual([
    '… fastest – slowest',
    's',
    '0.50 – 0.60',
    '11.0 – 11.0',
    '10.0 – 12.0',
    '9.00 – 9.00',
    '',
  ]);
  expect(perHour?.slice(0, 9)).toEqual(['Runs an hour', 'runs/h', '6,000', '–', '300', '–', '–', '20.0', '–']);
  figures.add('evaluations.seconds', 'evaldWarm', 0.57);
  expect(table()[1]?.at(-1)).toBe('no');
});

test('a table is written only where all that it shows was measured, and none of a subject that is missing', () => {
  const figures = new Figures();
  figures.add('evaluations.seconds', 'evaldWarm', 1);
  figures.add('commit.1', 'ceiling', 1);
  const names = (measured: readonly MeasureName[]) =>
    wholeSections(plans.full, figures, measured).map(({ name }) => name);
  expect(names(measureNames)).toEqual(['results', 'evaluations']);
  expect(names(['evaluations', 'peers'])).toEqual(['evaluations']);
  expect(names(measureNames.filter((name) => name !== 'log'))).toEqual(['evaluations']);
});

test('a plan is repeated as often as it is asked for, and a table says so', () => {
  const once = withRounds(plans.full, '1');
  expect(once).toMatchObject({ rounds: 1, evaluations: { ...plans.full.evaluations, rounds: 1 } });
  expect(withRounds(plans.full, undefined)).toBe(plans.full);
  expect(sections.map(({ repeated }) => repeated(once))).toEqual([
    'Measured once.',
    'Measured once.',
    'Medians of 3 runs each; one queue of 3 (30 that start warm).',
  ]);
  for (const rounds of ['0', '-1', '1.5', 'x', '100']) expect(() => withRounds(plans.full, rounds)).toThrow('--rounds');
});

test('every measure belongs to one table, and every figure to one part of the results', () => {
  expect(sections.flatMap(({ measures }) => measures).toSorted()).toEqual(measureNames.toSorted());
  for (const figure of ['submit.1.perSecond', 'peers.1.p99', 'evaluations.seconds'])
    expect(sections.filter(({ owns }) => owns(figure))).toHaveLength(1);
});

describe('what a run writes', () => {
  const README = sections.map(({ name }) => `of ${name}\n<!-- ${name} -->\nold ${name}\n<!-- /${name} -->\n`).join('');

  async function folderWith(readme: string) {
    const folder = await mkdtemp(join(tmpdir(), 'evald-bench-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(join(folder, 'README.md'), readme);
    const read = (name: string) => readFile(join(folder, name), 'utf8');
    return { folder, read, results: async () => JSON.parse(await read('results.json')) };
  }

  function measured() {
    const figures = new Figures();
    for (const depth of plans.full.depths) {
      for (const subject of ['evald', 'original', 'ceiling'] as const) {
        figures.add(`job.${depth}.perSecond`, subject, 1_000);
        figures.add(`job.${depth}.p99`, subject, 5);
      }
    }
    figures.add('evaluations.seconds', 'evaldWarm', 0.25);
    return figures;
  }
  const report = { plan: plans.full, figures: measured(), machine, date: new Date(0) };

  test('each table is written between its marks of the README with when, where and of what it was measured, and the rest stays', async () => {
    const { folder, read, results } = await folderWith(README);
    await writeReport(folder, report, wholeSections(plans.full, report.figures, measureNames));
    const readme = await read('README.md');
    const parts = readme.split('\nof ');
    expect(parts).toHaveLength(3);
    expect(parts[0]).toMatch(
      /^of results\n<!-- results -->\n\n1970-01-01, 2 cores \(a processor\), .*; load 1\.5 before it began; /,
    );
    expect(parts[0]).toMatch(/evald 1\.0\.0 \(abc\), lmms-eval 0\.7\.3\. Medians of 3 rounds\.\n\n\| figure/);
    expect(parts[0]).toMatch(/\n\| GET \/jobs\/\{id\}, 0 queued \| [^<]*\n\n<!-- \/results -->$/);
    expect(parts[1]).toBe('peers\n<!-- peers -->\nold peers\n<!-- /peers -->');
    expect(parts[2]).toContain('Medians of 9 runs each; 3 queues of 3 (30 that start warm).');
    expect(parts[2]).toContain('\n| Submission to numbers | s | 0.25 |');
    expect(await results()).toMatchObject({
      results: { machine, medians: { 'job.0.perSecond': { evald: 1_000 } } },
      evaluations: { machine, medians: { 'evaluations.seconds': { evaldWarm: 0.25 } }, values: {} },
    });
    expect(Object.keys((await results()).evaluations.values)).toEqual(['evaluations.seconds']);
  });

  test('a run of one table leaves the others and their results as they were, of another day', async () => {
    const { folder, read, results } = await folderWith(README);
    await writeReport(folder, report, wholeSections(plans.full, report.figures, measureNames));
    const before = await results();
    const figures = new Figures();
    figures.add('peers.64.perSecond', 'evald', 1);
    const later = { ...report, figures, machine: { ...machine, peers }, date: new Date(1e12) };
    await writeReport(folder, later, wholeSections(plans.full, figures, ['peers']));
    expect(await results()).toMatchObject({ ...before, peers: { date: '2001-09-09T01:46:40.000Z' } });
    const readme = await read('README.md');
    expect(readme).toContain('<!-- results -->\n\n1970-01-01');
    expect(readme).toMatch(/<!-- peers -->\n\n2001-09-09.* BullMQ 6\.0\.0, Redis 7\.0\.0\. /);
  });

  test('the charts show all three servers at every depth', async () => {
    const { folder, read } = await folderWith(README);
    await writeReport(folder, report, wholeSections(plans.full, report.figures, measureNames));
    for (const chart of ['throughput.svg', 'latency.svg']) {
      const svg = await read(chart);
      for (const text of ['evald, durable', 'the original, in memory', 'bare Hono', '1,000,000'])
        expect(svg).toContain(text);
    }
    expect(alignedTable(tableOf(rows, report.figures)).split('\n')).toHaveLength(1 + plans.full.depths.length);
  });

  test('where the README has no marks for a table, nothing is written', async () => {
    const { folder, read } = await folderWith('<!-- results -->\n<!-- /results -->\n');
    const whole = wholeSections(plans.full, report.figures, measureNames);
    await expect(writeReport(folder, report, whole)).rejects.toThrow('no marks of evaluations');
    expect(await read('README.md')).toBe('<!-- results -->\n<!-- /results -->\n');
    await expect(read('results.json')).rejects.toThrow('ENOENT');
  });

  test('the README of the benchmark has the marks of every table', async () => {
    const { folder, read } = await folderWith(
      await readFile(join(import.meta.dirname, '../../bench/README.md'), 'utf8'),
    );
    await writeReport(folder, report, sections);
    expect((await read('README.md')).match(/1970-01-01/g)).toHaveLength(sections.length);
  });
});
