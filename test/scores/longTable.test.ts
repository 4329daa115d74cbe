import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { type Score, scoreSchema } from '../../src/schemas/scores/score.ts';
import { columns, createTableWriter, type ExportFormat, longRow } from '../../src/scores/longTable.ts';

const score = (more: Partial<Score> = {}): Score => ({
  ...{ job_id: 'job-1', imported: false, model: 'qwen', checkpoint: '/ckpt/7', run: 'r7', step: 7_000 },
  ...{ labels: { run: 'r7', step: 7_000 }, x: null, submitted_by: null, completed_at: '2026-11-24T02:31:50.870+00:00' },
  ...{ task: 'mme', metric: 'acc', filter: 'none', value: 0.5, stderr: 0.1, interval: [0.3, 0.7], n: 25 },
  ...{ higher_is_better: true, is_group: false, harness: 'lmms-eval', harness_version: '0.7.3', task_version: '0.0' },
  ...{ num_fewshot: 0, git_hash: 'abc1234', num_gpus: 8, seed: '0,1234' },
  ...more,
});
const nothing: Partial<Score> = {
  ...{ checkpoint: null, run: null, step: null, value: null, stderr: null, interval: null, n: null },
  ...{ higher_is_better: null, harness: null, harness_version: null, task_version: null, num_fewshot: null },
  ...{ git_hash: null, num_gpus: null, seed: null },
};
const huge = '123456789012345678901234567890.5';

/** The document of scores that are given to the writer in parts. */
async function written(format: ExportFormat, parts: readonly Score[][]): Promise<Buffer> {
  const writer = await createTableWriter(format);
  const chunks = [writer.head(), ...parts.map((part) => writer.rows(part)), writer.tail()];
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)));
}
const text = async (...given: Parameters<typeof written>) => (await written(...given)).toString();

test('the long table has the columns that others know it by, first, and what made each score after them', () => {
  expect(() => scoreSchema.parse(score())).not.toThrow();
  expect(columns.slice(0, 13)).toEqual([
    ...['run', 'step', 'task', 'metric', 'filter', 'value', 'stderr', 'n', 'higher_is_better', 'job', 'harness'],
    ...['harness_version', 'task_version'],
  ]);
  expect(longRow(score())).toMatchObject({ run: 'r7', job: 'job-1', checkpoint: '/ckpt/7', seed: '0,1234' });
});

describe('a table as CSV', () => {
  test('a table as CSV has a header, fields with quotes where they need them, empty ones where nothing is known, and CRLF', async () => {
    const odd = score({ run: 'a "b", c', checkpoint: 'two\nlines', model: '' });
    const lines = (await text('csv', [[odd], [score(nothing)]])).split('\r\n');
    expect(lines).toEqual([
      'run,step,task,metric,filter,value,stderr,n,higher_is_better,job,harness,harness_version,task_version,model,checkpoint,is_group,imported,num_fewshot,git_hash,num_gpus,seed,completed_at',
      '"a ""b"", c",7000,mme,acc,none,0.5,0.1,25,true,job-1,lmms-eval,0.7.3,0.0,"","two\nlines",false,false,0,abc1234,8,"0,1234",2026-11-24T02:31:50.870+00:00',
      ',,mme,acc,none,,,,,job-1,,,,qwen,,false,false,,,,,2026-11-24T02:31:50.870+00:00',
      '',
    ]);
  });

  test('a table as CSV changes no text, also none that a spreadsheet takes for a formula, and rounds no number', async () => {
    const table = await text('csv', [[score({ run: '=1+1', value: JSON.rawJSON(huge), stderr: 1e-7 })]]);
    expect(table.split('\r\n')[1]).toMatch(`=1+1,7000,mme,acc,none,${huge},1e-7,25,`);
  });
});

test('a table as JSON is a list of rows with every column, of no rows as of many, with each number as it was written', async () => {
  expect(JSON.parse(await text('json', []))).toEqual([]);
  expect(JSON.parse(await text('json', [[]]))).toEqual([]);
  const table = await text('json', [[], [score()], [], [score(nothing), score({ value: JSON.rawJSON(huge) })]]);
  expect(JSON.parse(table)).toMatchObject([longRow(score()), longRow(score(nothing)), { value: Number(huge) }]);
  expect(table).toContain(`"value":${huge},`);
});

test('a table as Markdown has a row a line, in which nothing ends a cell or is HTML', async () => {
  const table = await text('md', [[score({ run: 'a|b\nc', model: '<b>*x*</b> \\' })], [score(nothing)]]);
  const [head, rule, first, second, ...rest] = table.split('\n');
  expect(head).toMatch(/^\| run \| step \| task \|/);
  expect(rule).toMatch(/^\| --- \| --: \| --- \|/);
  expect(first).toMatch(/^\| a\\\|b c \| 7000 \| mme \| acc \| none \| 0\.5 \| 0\.1 \| 25 \| true \|/);
  expect(first).toContain('| &lt;b>\\*x\\*&lt;/b> \\\\ |');
  expect(second).toMatch(/^\| {2}\| {2}\| mme \| acc \| none \| {2}\|/);
  const cellsOf = (line = '') => line.match(/(?<!\\)\|/g)?.length;
  expect([head, rule, first, second].map(cellsOf)).toEqual(Array(4).fill(columns.length + 1));
  expect(rest).toEqual(['']);
});

describe('a table as Parquet', () => {
  test('a table as Parquet is read back with its types by another reader, from several row groups', async () => {
    const exact = score({ value: JSON.rawJSON(huge), n: 2 ** 40 });
    const bytes = await written('parquet', [[score()], [score(nothing), exact], []]);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    expect(parquetMetadata(file).row_groups.map(({ num_rows }) => num_rows)).toEqual([1n, 2n]);
    const [first, second, third] = await parquetReadObjects({ file });
    expect(first).toEqual({
      ...longRow(score()),
      ...{ n: 25n, num_fewshot: 0n, num_gpus: 8n, completed_at: new Date('2026-11-24T02:31:50.870Z') },
    });
    expect(second).toMatchObject({ run: null, step: null, value: null, n: null, higher_is_better: null, seed: null });
    expect(third).toMatchObject({ value: Number(huge), n: 2n ** 40n });
  });

  test('a table as Parquet of no scores is a file with all columns and no rows', async () => {
    const bytes = await written('parquet', []);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const { num_rows, schema } = parquetMetadata(file);
    expect(num_rows).toBe(0n);
    expect(schema.slice(1).map(({ name }) => name)).toEqual(columns);
    expect(await parquetReadObjects({ file })).toEqual([]);
  });
});
