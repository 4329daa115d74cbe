import { type Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import type { OpenedFile, ReadHandle } from '../../files/openRunFile.ts';
import { readWhole } from '../../files/readWhole.ts';
import { EvaldError } from '../../schemas/errors/errors.ts';
import { readRequest } from '../../schemas/errors/issues.ts';
import type { JobInfo, JobPart } from '../../schemas/job/job.ts';
import { logQuerySchema } from '../../schemas/results/artifacts.ts';
import { logHeaders, logPositionSchema } from '../../schemas/server/headers.ts';
import { jobPath } from '../../schemas/server/paths.ts';
import { readChunks } from '../../security/redaction/readChunks.ts';
import type { Redactor } from '../../security/redaction/redactor.ts';
import { ShownText } from '../../security/redaction/shownText.ts';
import type { AppDependencies } from '../dependencies.ts';
import { findJob } from '../findJob.ts';
import type { Acquire } from '../middleware/concurrencyLimit.ts';
import { laterRefusal, type Operation, queryRefusal, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';
import { attemptOf, followedFrom, type LogChoice, LogPlaces, partOf, type RunOfJob } from '../streaming/jobLogs.ts';
import { liveText } from '../streaming/liveText.ts';
import { logEvents, type Tracked, trackBytes, trackLines } from '../streaming/logEvents.ts';
import { createLogStreams, type LogStream } from '../streaming/logStreams.ts';
import { openLog, refusalOf } from '../streaming/runFolder.ts';
import { fileAnswerHeaders, fileHeaders, sendFile, streamOf } from '../streaming/sendFile.ts';

export const logOperations: Operation[] = [
  {
    id: 'showLog',
    tag: 'results',
    method: 'get',
    role: 'read',
    path: '/jobs/{job_id}/log',
    summary: 'Show the log of a job, whole, in part, or as it grows',
    parameters: jobPath,
    query: logQuerySchema,
    headers: logHeaders,
    answers: {
      200: {
        description:
          'The log. Followed by a client that accepts text/event-stream: server-sent events, `text` with a piece as JSON, its `id` where to go on, and `end` when the job has ended',
        media: ['text/plain', 'text/event-stream'],
        headers: fileAnswerHeaders,
        example: 'Model Responding: 100%|██████████| 900/900 [25:01<00:00,  1.67s/it]\n',
      },
      206: {
        description: 'The bytes asked for, as they are',
        media: 'text/plain',
        headers: { ...fileAnswerHeaders, 'Content-Range': 'Which bytes, of how many' },
      },
      404: refusal(
        'No such job; or it has no log yet, never ran, or its log was deleted: the detail says which',
        'Job 3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55 has no log yet: it is queued',
      ),
      416: {
        ...refusal('The log has no such bytes', 'The range lies beyond the end: there are 4096 bytes'),
        headers: { 'Content-Range': 'How many there are' },
      },
      ...queryRefusal,
      503: laterRefusal('Too many follow logs already', '1000 readers follow logs; no more can. Try again later.'),
    },
  },
];

const headers = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store', ...fileHeaders };
const streamHeaders = {
  ...headers,
  // nginx would collect what is sent.
  'X-Accel-Buffering': 'no',
  // The connection has nothing more to do afterwards, and would hold up a shutdown.
  Connection: 'close',
};

type View = { tail?: number | undefined; raw?: boolean | undefined };

type Dependencies = Pick<AppDependencies, 'scheduler' | 'closing' | 'redactorOf'> & { acquire: Acquire };

/** Shows logs. Nothing is kept in memory but a piece for each reader. */
export function logRoutes({ scheduler, closing, acquire, redactorOf }: Dependencies) {
  const openFeed = limitedStreams(
    createLogStreams((jobId) => scheduler.getJobWithPosition(jobId), redactorOf, closing),
    acquire,
  );

  const hasEnded = (jobId: string, part: JobPart | null) => {
    const job = scheduler.getJobWithPosition(jobId);
    const own = part && job?.parts?.[part.number - 1];
    return [job, own].some((one) => (one?.completed_at ?? null) !== null);
  };

  return new Hono().get('/jobs/:job_id/log', async (c) => {
    const query = readQuery(c.req, logQuerySchema);
    if (!query.ok) return c.json({ detail: query.detail }, 422);
    // Also where nothing is followed: what is wrong is said, and not passed over.
    const from = readRequest(
      logPositionSchema,
      { 'last-event-id': c.req.header('last-event-id') || undefined },
      'header',
    );
    if (!from.ok) return c.json({ detail: from.detail }, 422);
    const job = findJob(scheduler, c.req.param('job_id'));
    const { follow, task, attempt = null, ...view } = query.request;
    const part = task === undefined ? null : partOf(job, task);
    const run = attempt === null ? null : attemptOf(job, part, attempt);
    const redactor = redactorOf(job.job_id);
    if (follow) {
      const isAsEvents = areEventsAsked(c);
      const position = isAsEvents ? (from.request['last-event-id'] ?? null) : null;
      const { choice, byte } = followedFrom(job, { part, attempt }, position);
      const isOver = () => run?.isOver === true || hasEnded(job.job_id, part);
      const asEvents = isAsEvents && { from: byte, isWhole: () => !closing.aborted && isOver() };
      const feed = await openFeed(c, job.job_id, choice);
      return followLog(c, { job, part }, feed, { ...view, asEvents, redactor });
    }
    const path = run === null ? (part ?? job).log : run.log;
    const log = await openLog(job, path);
    if (log === null) throw noLog(job, part, run && { path, attempt });
    const isPart = view.tail === undefined && c.req.header('range') !== undefined;
    if (isPart || (view.raw && view.tail === undefined)) return sendFile(c, log, headers, null, redactor);
    return sendText(c, log, view, redactor);
  });
}

/** Feeds of which each reader takes a place while it reads. */
function limitedStreams(openFeed: ReturnType<typeof createLogStreams>, acquire: Acquire) {
  return async (c: Context, jobId: string, choice: LogChoice): Promise<LogStream> => {
    const release = acquire(c);
    try {
      const feed = await openFeed(jobId, choice);
      const leave = async () => {
        release();
        await feed.leave();
      };
      return { ...feed, leave };
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** What is there of a log now. */
async function sendText(
  c: Context,
  { handle, size }: OpenedFile,
  { tail, raw }: View,
  redactor: Redactor | null,
): Promise<Response> {
  if (c.req.method === 'HEAD') {
    await handle.close();
    return c.body(null, 200, headers);
  }
  const read = async function* (signal: AbortSignal) {
    const start = await startOf(handle, size, tail);
    if (raw) yield* readChunks(handle, start, size, signal, redactor);
    else yield* shown(readChunks(handle, start, size, signal), await textFrom(handle, start, redactor));
  };
  return c.body(
    streamOf(read, () => handle.close()),
    200,
    headers,
  );
}

/** How a log is followed as events. */
type AsEvents = {
  /** The byte to go on from; null: not said. */
  from: number | null;
  /** Whether what was sent is all there will be. */
  isWhole(): boolean;
};

function areEventsAsked(c: Context): boolean {
  const supports = ['text/plain', 'text/event-stream'];
  return accepts(c, { header: 'Accept', supports, default: 'text/plain' }) === 'text/event-stream';
}

/** What is there of a log, and what comes. */
async function followLog(
  c: Context,
  { job, part }: { job: JobInfo; part: JobPart | null },
  feed: LogStream,
  { tail, raw, asEvents, redactor }: View & { asEvents: AsEvents | false; redactor: Redactor | null },
): Promise<Response> {
  const { file, refusal } = feed;
  const isMissing = file === null && job.completed_at !== null;
  const answerHeaders = { ...streamHeaders, ...(asEvents && { 'Content-Type': 'text/event-stream' }) };
  if (isMissing || c.req.method === 'HEAD') {
    await feed.leave();
    if (isMissing) throw refusal === null ? noLog(job, part) : refusalOf(refusal);
    return c.body(null, 200, answerHeaders);
  }
  const read = async function* (signal: AbortSignal) {
    const from = asEvents ? asEvents.from : null;
    const size = file === null ? 0 : (await file.handle.stat()).size;
    // A log that is shorter by now was begun anew.
    const start = from === null ? await startOf(file?.handle ?? null, size, tail) : from <= size ? from : 0;
    // Where a part is meant, a place says nothing of it.
    const within = (run: RunOfJob): RunOfJob => (part === null ? run : { ...run, part: 0 });
    const places = new LogPlaces(within(feed.run), start);
    const chunks = places.count(feed.read(start, signal, raw ?? false, (run) => places.begin(within(run))));
    const shown = raw ? null : await textFrom(file?.handle ?? null, start, redactor);
    if (asEvents) {
      if (shown === null) return yield* logEvents(placed(trackBytes(chunks, start), places), asEvents.isWhole);
      const { text, position } = placed(trackLines(shown, start), places);
      return yield* logEvents({ text: liveText(chunks, text), position }, asEvents.isWhole);
    }
    yield* shown === null ? chunks : liveText(chunks, shown);
  };
  return c.body(streamOf(read, feed.leave), 200, answerHeaders);
}

/** The same with positions that say which log they are in. */
function placed<T>({ text, position }: Tracked<T>, places: LogPlaces): Tracked<T> {
  return { text, position: () => places.positionOf(position()) };
}

async function startOf(handle: ReadHandle | null, size: number, tail: number | undefined): Promise<number> {
  return tail === undefined || handle === null ? 0 : tailStart(handle, size, tail);
}

/** Bytes before what is shown, at least, that a secret in it may begin in. */
const BEFORE = 64 * 1024;

/** What makes the text of a log from an offset on, for it knows what stands before it. */
async function textFrom(handle: ReadHandle | null, start: number, redactor: Redactor | null): Promise<ShownText> {
  const text = new ShownText(redactor);
  if (handle === null || start === 0 || redactor === null) return text;
  const from = Math.max(0, start - Math.max(BEFORE, redactor.reach));
  const before = Buffer.allocUnsafe(start - from);
  text.begin(before.subarray(0, await readWhole(handle, before, from)));
  return text;
}

async function* shown(chunks: AsyncIterable<Buffer>, text: ShownText): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of chunks) {
    const part = text.clean(chunk);
    if (part.length > 0) yield part;
  }
  yield text.end();
}

function noLog(
  job: JobInfo,
  part: JobPart | null,
  run: { path: string | null; attempt: number | null } | null = null,
): EvaldError {
  const { status, completed_at } = part ?? job;
  const log = run === null ? (part ?? job).log : run.path;
  const ofJob = part === null ? `job ${job.job_id}` : `task ${part.task} of job ${job.job_id}`;
  const what = run === null ? ofJob : `attempt ${run.attempt} at ${ofJob}`;
  if (log !== null) return new EvaldError('outputMissing', `The log of ${what} was deleted: ${log}`);
  const isToCome = completed_at === null && status !== 'cancelled';
  const reason = isToCome ? `has no log yet: it is ${status}` : 'has no log: it never ran';
  return new EvaldError('outputMissing', `${what.charAt(0).toUpperCase()}${what.slice(1)} ${reason}`);
}

const CHUNK = 256 * 1024;
/** Bytes searched at most: lines may have any length, and a client must not make the server read a disk. */
const MOST_BYTES = 64 * 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Where the last lines of a file begin. Searches the last 64 MiB: where those have fewer lines, it is where they begin,
 * which may be within a line. Takes constant memory. @param size bytes of the file.
 */
export async function tailStart(handle: Pick<ReadHandle, 'read'>, size: number, lines: number): Promise<number> {
  const floor = Math.max(0, size - MOST_BYTES);
  const chunk = Buffer.allocUnsafe(CHUNK);
  let left = lines;
  // What may stand at the very end closes the last line and begins none.
  for (let end = size - 1; end > floor; ) {
    const start = Math.max(floor, end - CHUNK);
    const { bytesRead } = await handle.read(chunk, 0, end - start, start);
    const read = chunk.subarray(0, bytesRead);
    for (let at = read.lastIndexOf(LINE_FEED); at >= 0; at = at === 0 ? -1 : read.lastIndexOf(LINE_FEED, at - 1)) {
      left -= 1;
      if (left === 0) return start + at + 1;
    }
    end = start;
  }
  return floor;
}
