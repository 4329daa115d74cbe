import { createHash } from 'node:crypto';
import { eachLine } from '../../../files/eachLine.ts';
import { openRunFile, type RunFolder } from '../../../files/openRunFile.ts';
import { ownValue } from '../../../schemas/values/ownValue.ts';
import type { SampleValue } from '../../../scores/samples.ts';
import { parsePythonJson } from '../files/pythonJson.ts';
import { MOST_SAMPLES_BYTES } from '../files/samplesFile.ts';
import { sampleAnswer } from '../samples/answer.ts';
import { sampleScore } from './sampleScore.ts';

/** Rows of a samples file whose values are held at a time. */
const MOST_ROWS = 1_000_000;
/** Bytes of the longest row that is looked into. */
const LONGEST_ROW = 16 * 1024 * 1024;
/** Characters of the longest id or cluster: there may be a million of each. */
const LONGEST_ID = 500;
/** Keys of a row that are the harness's own: a metric of such a name cannot be seen in it. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['doc_id', 'doc', 'target', 'arguments', 'resps', 'filtered_resps', 'token_counts', 'input', 'input_media'],
  ...['filter', 'metrics', 'doc_hash', 'prompt_hash', 'target_hash'],
]);

/** What the results say of a task, as far as its samples are read by it. */
export type TaskShape = {
  /** Metrics that are wanted, without their filters. */
  metrics: readonly string[];
  /** All filters of the task, in the order in which it has them. Where rows do not name theirs, a document has a row for each. */
  filters: readonly string[];
  /** Whether the task declares that documents are repeated: then several rows of one are one sample. */
  isRepeated: boolean;
  /** The name of the score in an object; null: none is declared. */
  scoreKey: string | null;
  /** The name of what samples have in common; null: none is declared. */
  clusterKey: string | null;
};

/** What was read of a samples file. */
export type TaskValues = {
  /** The samples of a score. Null with the reason, for people, when they cannot be known. */
  of(metric: string, filter: string): { samples: SampleValue[]; reason: null } | { samples: null; reason: string };
};

type Row = Pick<SampleValue, 'id' | 'docHash' | 'promptHash' | 'index'> & { filter: number; isFailed: boolean };
/** Of a metric, one a row: what it scored, and its cluster. NaN: nothing. */
type Column = { scores: number[]; clusters: (string | null)[] | null };

/** The file is not what it was, or not what can be read; the message goes on after "they". */
class Damaged extends Error {}

/**
 * Reads what a task's scores were made of. Constant memory a line, and some hundred bytes a sample.
 *
 * @param name path of the samples file in the run's folder.
 * @returns null when there is none. @throws as `openRunFile`.
 */
export async function readTaskValues(folder: RunFolder, name: string, shape: TaskShape): Promise<TaskValues | null> {
  const file = await openRunFile(folder, name, MOST_SAMPLES_BYTES);
  if (file === null) return null;
  const rows: Row[] = [];
  const columns = new Map<string, Column>(
    shape.metrics.filter((metric) => !RESERVED.has(metric)).map((metric) => [metric, columnOf(shape)]),
  );
  const nextFilter = createFilters(shape);
  let number = 0;
  try {
    await eachLine(file.handle, LONGEST_ROW, ({ length, bytes }) => {
      number += 1;
      if (length === 0) return;
      if (rows.length === MOST_ROWS) throw new Damaged(`are more than ${MOST_ROWS}`);
      if (bytes === null) throw new Damaged(`have a line of more than ${LONGEST_ROW} bytes, number ${number}`);
      const sample = parsed(bytes);
      const id = sample === null ? null : textOf(sample['doc_id']);
      if (sample === null || id === null) throw new Damaged(`cannot be read: line ${number} is no sample`);
      rows.push({
        id,
        docHash: compact(sample['doc_hash']),
        promptHash: compact(sample['prompt_hash']) ?? hashOf(sample['input']),
        index: rows.length,
        filter: nextFilter(id, sample['filter']),
        isFailed: sampleAnswer(sample).kind === 'failed',
      });
      for (const [metric, column] of columns) addTo(column, ownValue(sample, metric), sample, shape);
    });
  } catch (error) {
    if (!(error instanceof Damaged)) throw error;
    const reason = `they ${error.message}`;
    return { of: () => ({ samples: null, reason }) };
  } finally {
    await file.handle.close();
  }
  return { of: (metric, filter) => valuesOf(rows, columns.get(metric), shape, filter) };
}

function valuesOf(
  rows: readonly Row[],
  column: Column | undefined,
  shape: TaskShape,
  filter: string,
): ReturnType<TaskValues['of']> {
  const wanted = shape.filters.indexOf(filter);
  if (column === undefined || column.scores.every(Number.isNaN))
    return { samples: null, reason: 'no sample has a number for it' };
  if (rows.some((row) => row.filter === UNKNOWN))
    return { samples: null, reason: 'which filter a sample was scored by cannot be known' };
  const samples: SampleValue[] = [];
  for (const [at, row] of rows.entries()) {
    if (row.filter !== wanted) continue;
    const written = column.scores[at] ?? Number.NaN;
    const scored = Number.isNaN(written) ? null : written;
    const { id, docHash, promptHash, index } = row;
    const cluster = column.clusters?.[at] ?? null;
    const value = row.isFailed ? null : scored;
    // What is as `value` is left out: there may be a million.
    samples.push({ id, docHash, promptHash, cluster, value, index, ...(row.isFailed && { scored }) });
  }
  return { samples: shape.isRepeated ? withoutRepeats(samples) : samples, reason: null };
}

/** The mean for each document: of what its repeats scored, and of what the harness counted them as. */
function withoutRepeats(samples: readonly SampleValue[]): SampleValue[] {
  const byId = Map.groupBy(samples, ({ id }) => id);
  return [...byId.values()].flatMap((repeats) => {
    const [first] = repeats;
    if (first === undefined) return [];
    const value = mean(repeats.map((one) => one.value));
    const scored = mean(repeats.map((one) => (one.scored === undefined ? one.value : one.scored)));
    return [{ ...first, value, ...(value !== scored && { scored }) }];
  });
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length;
}

const UNKNOWN = -1;

/**
 * Which filter a row is of. lm-eval's rows say it. lmms-eval's do not: of several a document has a row for each, in the order of
 * the filters, whatever the order of the documents.
 */
function createFilters({ filters, isRepeated }: TaskShape): (id: string, named: unknown) => number {
  const seen = new Map<string, number>();
  return (id, named) => {
    if (typeof named === 'string') return filters.indexOf(named) === -1 ? OTHER : filters.indexOf(named);
    if (filters.length === 1) return 0;
    if (isRepeated) return UNKNOWN;
    const times = seen.get(id) ?? 0;
    seen.set(id, times + 1);
    return times < filters.length ? times : UNKNOWN;
  };
}

/** Of a filter that has no score. */
const OTHER = -2;

const columnOf = ({ clusterKey }: TaskShape): Column => ({ scores: [], clusters: clusterKey === null ? null : [] });

function addTo(column: Column, written: unknown, sample: Record<string, unknown>, shape: TaskShape): void {
  column.scores.push(sampleScore(written, shape.scoreKey) ?? Number.NaN);
  if (shape.clusterKey === null || column.clusters === null) return;
  // lmms-eval looks for it in what a task wrote for the metric; the document has it elsewhere.
  const cluster = textOf(partOf(written, shape.clusterKey)) ?? textOf(partOf(sample['doc'], shape.clusterKey));
  column.clusters.push(cluster);
}

const partOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= LONGEST_ID ? value : null;
}

function parsed(line: Buffer): Record<string, unknown> | null {
  try {
    const value = parsePythonJson(line.toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

const SHA256 = /^[0-9a-f]{64}$/;

/** A hash in less room: the first half of a SHA-256, which is only held against others. */
function compact(hash: unknown): string | null {
  if (typeof hash !== 'string' || hash === '') return null;
  return SHA256.test(hash) ? Buffer.from(hash.slice(0, 32), 'hex').toString('base64') : hashOf(hash);
}

/** What stands for a text where it is only held against others. */
const hashOf = (text: unknown): string | null =>
  typeof text === 'string' ? createHash('sha256').update(text).digest().toString('base64', 0, 16) : null;
