import { type Context, Hono } from 'hono';
import type { ScoreFilter } from '../../machines/ports/journal.ts';
import { readAxis } from '../../projections/scores.ts';
import {
  type ExportQuery,
  exportQuerySchema,
  type ScoresQuery,
  scoreListSchema,
  scoresQuerySchema,
} from '../../schemas/scores/score.ts';
import { isPattern } from '../../schemas/values/text.ts';
import { wildcard } from '../../schemas/values/wildcard.ts';
import { createTableWriter, mediaTypes, type TableWriter } from '../../scores/longTable.ts';
import type { AppDependencies } from '../dependencies.ts';
import { type Operation, queryRefusal } from '../operation.ts';
import { readQuery } from '../query.ts';
import { streamOf } from '../streaming/sendFile.ts';

export const scoresOperations: Operation[] = [
  {
    id: 'listScores',
    tag: 'scores',
    method: 'get',
    role: 'read',
    path: '/scores',
    query: scoresQuerySchema,
    summary: 'List the scores of all jobs that completed, also of those that are no longer kept, with what made each',
    answers: { 200: { description: 'A page', schema: scoreListSchema }, ...queryRefusal },
  },
  {
    id: 'exportScores',
    tag: 'scores',
    method: 'get',
    role: 'read',
    path: '/scores/export',
    query: exportQuerySchema,
    summary: 'Download the scores as one long table: CSV, JSON, Markdown or Parquet',
    answers: {
      200: {
        description: 'The table, a row a score',
        media: Object.values(mediaTypes),
        headers: { 'Content-Disposition': 'The name of the file to save it as: scores.csv' },
      },
      ...queryRefusal,
    },
  },
];

/** Rows of `missing` at most. */
const MOST_MISSING = 10_000;
/** Steps in which the patterns of requests are held against the task of a query: some milliseconds. */
const MOST_STEPS = 2_000_000;

/** Shows and exports scores. */
export function scoresRoutes({ scheduler, logError }: Pick<AppDependencies, 'scheduler' | 'logError'>) {
  /** Answers with texts or bytes as they are made. The first scores are read before there is an answer, so that a fault has one. */
  const send = async (c: Context, chunks: AsyncGenerator<string | Uint8Array>, headers: Record<string, string>) => {
    const first = await chunks.next();
    // No client would ever read the stream of a HEAD, or give it up.
    if (c.req.method === 'HEAD') {
      await chunks.return(undefined);
      return c.body(null, 200, headers);
    }
    const body = streamOf(
      () => toBytes(first, chunks, (error) => logError(`${c.req.method} ${c.req.path} was cut off`, error)),
      async () => void (await chunks.return(undefined)),
    );
    return c.body(body, 200, headers);
  };

  return new Hono()
    .get('/scores', async (c) => {
      const read = readQuery(c.req, scoresQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      return send(c, listText(scheduler, read.request), { 'Content-Type': 'application/json' });
    })
    .get('/scores/export', async (c) => {
      const read = readQuery(c.req, exportQuerySchema);
      if (!read.ok) return c.json({ detail: read.detail }, 422);
      const { format } = read.request;
      return send(c, exported(scheduler, read.request, await createTableWriter(format)), {
        'Content-Type': mediaTypes[format],
        'Content-Disposition': `attachment; filename="scores.${format}"`,
      });
    });
}

/** A page as JSON: the text of a ScoreList, in parts. */
async function* listText(scheduler: AppDependencies['scheduler'], query: ScoresQuery): AsyncGenerator<string> {
  const { cursor, limit, order, missing: isMissingWanted } = query;
  const axis = readAxis(query.x);
  const filter = scoreFilter(query);
  const page = { filter, cursor: cursor === undefined ? null : readCursor(cursor), limit, order };
  const parts = scheduler.readScores(page, axis);
  const listed = listOf();
  let part = await parts.next();
  yield '{"scores":[';
  for (; !part.done; part = await parts.next()) yield listed(part.value);
  yield '],"missing":[';
  if (isMissingWanted) {
    const rows = listOf();
    const asked = { filter, limit: MOST_MISSING, isMeant: meaning(query.task) };
    for await (const missing of scheduler.readMissing(asked, axis)) yield rows(missing);
  }
  yield `],"next_cursor":${JSON.stringify(part.value === null ? null : writeCursor(part.value))}}`;
}

/** Makes the text of a list, part by part. */
function listOf(): (items: readonly object[]) => string {
  let isFirst = true;
  return (items) => {
    if (items.length === 0) return '';
    const before = isFirst ? '' : ',';
    isFirst = false;
    return before + JSON.stringify(items).slice(1, -1);
  };
}

async function* exported(
  scheduler: AppDependencies['scheduler'],
  query: ExportQuery,
  writer: TableWriter,
): AsyncGenerator<string | Uint8Array> {
  const page = { filter: scoreFilter(query), cursor: null, limit: Number.MAX_SAFE_INTEGER };
  const parts = scheduler.readScores(page, readAxis(query.x));
  let part = await parts.next();
  yield writer.head();
  for (; !part.done; part = await parts.next()) yield writer.rows(part.value);
  yield writer.tail();
}

/** @param lost takes what kept an answer from its end: its client sees a connection that was cut. */
async function* toBytes(
  first: IteratorResult<string | Uint8Array>,
  rest: AsyncGenerator<string | Uint8Array>,
  lost: (error: unknown) => void,
): AsyncGenerator<Uint8Array, void> {
  const encoder = new TextEncoder();
  const bytesOf = (chunk: string | Uint8Array) => (typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
  try {
    if (!first.done) yield bytesOf(first.value);
    // A stream takes an empty chunk for a fault.
    for await (const chunk of rest) if (chunk.length > 0) yield bytesOf(chunk);
  } catch (error) {
    lost(error);
    throw error;
  }
}

/** Which scores a client wants, as the journal is asked for them. */
const scoreFilter = ({
  job: jobId,
  model,
  task,
  metric,
  filter,
  label,
  since,
}: Omit<ExportQuery, 'format'>): ScoreFilter => {
  return { jobId, model, task, metric, filter, label, since };
};

/** Whether a name in a request may mean a task: it is its name, or a pattern of it. */
function meaning(task: string | undefined): (name: string) => boolean {
  if (task === undefined) return () => true;
  const steps = { left: MOST_STEPS };
  return (name) => name === task || (isPattern(name) && wildcard(name, steps)(task));
}

/** The position of the last score of a page, as text that says nothing to a client. */
const writeCursor = (position: number): string => `s${position.toString(36)}`;

/** One that was never given out may lie beyond all scores. */
const readCursor = (cursor: string): number => Math.min(Number.parseInt(cursor.slice(1), 36), Number.MAX_SAFE_INTEGER);
