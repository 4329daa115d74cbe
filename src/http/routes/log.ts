import type { Context } from 'hono';
import { Hono } from 'hono';
import type { Blot } from '../../files/blot.ts';
import type { OpenedFile, ReadHandle } from '../../files/openRunFile.ts';
import { readChunks } from '../../files/readChunks.ts';
import { readWhole } from '../../files/readWhole.ts';
import { ShownText } from '../../files/shownText.ts';
import { tailStart } from '../../files/tailStart.ts';
import { EvaldError } from '../../schemas/errors.ts';
import { logRangeHeader } from '../../schemas/headers.ts';
import type { JobInfo } from '../../schemas/job.ts';
import { logQuerySchema } from '../../schemas/logQuery.ts';
import { jobPath } from '../../schemas/paths.ts';
import type { AppDependencies } from '../dependencies.ts';
import { liveText } from '../files/liveText.ts';
import { createLogFeeds, type LogFeed } from '../files/logFeeds.ts';
import { openLog, refusalOf } from '../files/runFolder.ts';
import { fileAnswerHeaders, fileHeaders, sendFile } from '../files/sendFile.ts';
import { streamOf } from '../files/stream.ts';
import { findJob } from '../findJob.ts';
import type { TakePlace } from '../guard/places.ts';
import { laterRefusal, type Operation, queryRefusal, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';

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
    headers: logRangeHeader,
    answers: {
      200: {
        description: 'The log',
        media: 'text/plain',
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

type Dependencies = Pick<AppDependencies, 'scheduler' | 'closing' | 'blotOf'> & { takePlace: TakePlace };

/** Shows logs. Nothing is kept in memory but a piece for each reader. */
export function logRoutes({ scheduler, closing, takePlace, blotOf }: Dependencies) {
  const openFeed = placedFeeds(
    createLogFeeds((jobId) => scheduler.getJobWithPosition(jobId), blotOf, closing),
    takePlace,
  );

  return new Hono().get('/jobs/:job_id/log', async (c) => {
    const query = readQuery(c.req, logQuerySchema);
    if (!query.ok) return c.json({ detail: query.detail }, 422);
    const job = findJob(scheduler, c.req.param('job_id'));
    const { follow, ...view } = query.request;
    const blot = blotOf(job.job_id);
    if (follow) return followLog(c, job, await openFeed(c, job.job_id), view, blot);
    const log = await openLog(job);
    if (log === null) throw noLog(job);
    const isPart = view.tail === undefined && c.req.header('range') !== undefined;
    if (isPart || (view.raw && view.tail === undefined)) return sendFile(c, log, headers, null, blot);
    return sendText(c, log, view, blot);
  });
}

/** Feeds of which each reader takes a place while it reads. */
function placedFeeds(openFeed: ReturnType<typeof createLogFeeds>, takePlace: TakePlace) {
  return async (c: Context, jobId: string): Promise<LogFeed> => {
    const leavePlace = takePlace(c);
    try {
      const feed = await openFeed(jobId);
      const leave = async () => {
        leavePlace();
        await feed.leave();
      };
      return { ...feed, leave };
    } catch (error) {
      leavePlace();
      throw error;
    }
  };
}

/** What is there of a log now. */
async function sendText(
  c: Context,
  { handle, size }: OpenedFile,
  { tail, raw }: View,
  blot: Blot | null,
): Promise<Response> {
  if (c.req.method === 'HEAD') {
    await handle.close();
    return c.body(null, 200, headers);
  }
  const read = async function* (signal: AbortSignal) {
    const start = await startOf(handle, size, tail);
    if (raw) yield* readChunks(handle, start, size, signal, blot);
    else yield* shown(readChunks(handle, start, size, signal), await textFrom(handle, start, blot));
  };
  return c.body(
    streamOf(read, () => handle.close()),
    200,
    headers,
  );
}

/** What is there of a log, and what comes. */
async function followLog(
  c: Context,
  job: JobInfo,
  feed: LogFeed,
  { tail, raw }: View,
  blot: Blot | null,
): Promise<Response> {
  const { file, refusal } = feed;
  const isMissing = file === null && job.completed_at !== null;
  if (isMissing || c.req.method === 'HEAD') {
    await feed.leave();
    if (isMissing) throw refusal === null ? noLog(job) : refusalOf(refusal);
    return c.body(null, 200, streamHeaders);
  }
  const read = async function* (signal: AbortSignal) {
    const start = file === null ? 0 : await startOf(file.handle, (await file.handle.stat()).size, tail);
    if (raw) yield* feed.read(start, signal, true);
    else yield* liveText(feed.read(start, signal, false), await textFrom(file?.handle ?? null, start, blot));
  };
  return c.body(streamOf(read, feed.leave), 200, streamHeaders);
}

async function startOf(handle: ReadHandle, size: number, tail: number | undefined): Promise<number> {
  return tail === undefined ? 0 : tailStart(handle, size, tail);
}

/** Bytes before what is shown, at least, that a secret in it may begin in. */
const BEFORE = 64 * 1024;

/** What makes the text of a log from an offset on, for it knows what stands before it. */
async function textFrom(handle: ReadHandle | null, start: number, blot: Blot | null): Promise<ShownText> {
  const text = new ShownText(blot);
  if (handle === null || start === 0 || blot === null) return text;
  const from = Math.max(0, start - Math.max(BEFORE, blot.reach));
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

function noLog({ job_id, status, completed_at, log }: JobInfo): EvaldError {
  if (log !== null) return new EvaldError('outputMissing', `The log of job ${job_id} was deleted: ${log}`);
  const reason = completed_at === null ? `has no log yet: it is ${status}` : 'has no log: it never ran';
  return new EvaldError('outputMissing', `Job ${job_id} ${reason}`);
}
