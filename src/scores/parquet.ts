import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { RawJson } from '../schemas/results/exactNumber.ts';
import { type Column, columns, type LongRow, longRow, type TableWriter } from './longTable.ts';

type Kind = 'text' | 'number' | 'integer' | 'flag' | 'time';

const kinds: { [Name in Column]: Kind } = {
  run: 'text',
  step: 'number',
  task: 'text',
  metric: 'text',
  filter: 'text',
  value: 'number',
  stderr: 'number',
  n: 'integer',
  higher_is_better: 'flag',
  job: 'text',
  harness: 'text',
  harness_version: 'text',
  task_version: 'text',
  model: 'text',
  checkpoint: 'text',
  is_group: 'flag',
  imported: 'flag',
  num_fewshot: 'integer',
  git_hash: 'text',
  num_gpus: 'integer',
  seed: 'text',
  completed_at: 'time',
};

const types: { [Name in Kind]: Pick<SchemaElement, 'type' | 'converted_type'> } = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  number: { type: 'DOUBLE' },
  integer: { type: 'INT64' },
  flag: { type: 'BOOLEAN' },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
};

const schema: SchemaElement[] = [
  { name: 'root', num_children: columns.length },
  ...columns.map((name) => ({ name, repetition_type: 'OPTIONAL' as const, ...types[kinds[name]] })),
];

/**
 * Makes what writes a long table as Parquet: each call of `rows` is a row group. Scores are doubles, of a number that none can hold
 * the nearest one; times are timestamps in UTC.
 */
export function createParquetWriter(): TableWriter {
  const bytes = new ByteWriter();
  const file = new ParquetWriter({ writer: bytes, schema, createdBy: 'evald' });
  /** What was written since the last time. Its offsets in the file are counted by the writer. */
  const taken = (): Uint8Array => {
    const written = bytes.getBytes().slice();
    bytes.index = 0;
    return written;
  };
  return {
    head: taken,
    rows: (scores) => {
      if (scores.length === 0) return new Uint8Array();
      const rows = scores.map(longRow);
      const columnData = columns.map((name) => ({
        name,
        data: rows.map((row) => parquetValue(row[name], kinds[name])),
      }));
      void file.write({ columnData, rowGroupSize: scores.length });
      return taken();
    },
    tail: () => {
      void file.finish();
      return taken();
    },
  };
}

function parquetValue(cell: LongRow[Column], kind: Kind): string | number | bigint | boolean | Date | null {
  if (cell === null) return null;
  if (kind === 'number') return Number(JSON.isRawJSON(cell) ? (cell as RawJson).rawJSON : cell);
  if (kind === 'integer') return BigInt(Number(cell));
  if (kind === 'time') return new Date(String(cell));
  return cell as string | boolean;
}
