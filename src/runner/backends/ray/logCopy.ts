import { locationOf, openRunFile } from '../../../files/openRunFile.ts';
import { appendText } from '../../../files/writeRunFile.ts';
import { type Timers, wait } from '../shared/pollSchedule.ts';
import type { RayHandle } from './handle.ts';
import { headersOf, type RayAddress } from './http.ts';
import { createOwnOutput } from './ownOutput.ts';
import { connectWebSocket, type SocketListener } from './webSocket.ts';

/** Copies the run's part of Ray's log of a job into the run's own log, from the place where that ends now. */
export type LogCopy = {
  /** The run has a node, and a log there. */
  begin(): void;
  /** The job has ended: what is still missing is copied, and then `finished` resolves. */
  finish(): void;
  /** Resolves when all is copied, or when no more can be had. */
  readonly finished: Promise<void>;
};

/**
 * One connection that sends the log from its beginning, and ends some time after the job has.
 * @returns closes it. @throws when it is not to be had.
 */
export type Tail = (id: string, hear: SocketListener) => Promise<() => void>;

const AGAIN = 1_000;
const TRIES_AT_THE_END = 3;
/** Milliseconds without a word, after the job's end. */
const PATIENCE = 15_000;

/** @param onEnd called when nothing more is sent: the job may have ended. */
export function createLogCopy(handle: RayHandle, tail: Tail, onEnd: () => void, time: Timers): LogCopy {
  const finished = Promise.withResolvers<void>();
  /** Bytes of the output that were copied; null until the log was looked at. What becomes of the log later changes nothing. */
  let copied: number | null = null;
  let isBegun = false;
  let isFinishing = false;

  const copy = async (): Promise<void> => {
    for (let tries = TRIES_AT_THE_END; tries > 0; ) {
      const wasFinishing = isFinishing;
      const state = await once();
      onEnd();
      // Without its last line (its shell was killed) it is all that there is when it ended after the job.
      if (state === 'whole' || (state === 'ended' && wasFinishing)) return;
      if (isFinishing) tries -= 1;
      await wait(time, AGAIN);
    }
    await appendText(handle.log, '\nevald: the rest of the log could not be had from Ray\n');
  };

  /** Follows one connection to its end, or until the output is whole. */
  const once = async (): Promise<'whole' | 'ended' | 'broken'> => {
    copied ??= await copiedBefore(handle);
    let count = copied;
    const output = createOwnOutput(handle.id, copied);
    let written = Promise.resolve();
    const write = (bytes: Buffer) => {
      count += bytes.length;
      if (bytes.length > 0) written = written.then(() => appendText(handle.log, bytes));
    };
    let silence: unknown;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const listen = () => {
      time.clearTimeout(silence);
      silence = time.setTimeout(() => (isFinishing ? resolve(false) : listen()), PATIENCE);
    };
    listen();
    const data = (piece: Buffer) => {
      listen();
      write(output.take(piece));
      if (output.isWhole()) resolve(true);
    };
    const close = await tail(handle.id, { data, end: resolve }).catch(() => {
      resolve(false);
      return () => {};
    });
    const isClean = await promise;
    time.clearTimeout(silence);
    close();
    write(output.rest());
    await written;
    copied = count;
    return output.isWhole() ? 'whole' : isClean ? 'ended' : 'broken';
  };

  const begin = () => {
    if (isBegun) return;
    isBegun = true;
    void copy().then(finished.resolve, finished.resolve);
  };
  return {
    begin,
    finish() {
      isFinishing = true;
      begin();
    },
    finished: finished.promise,
  };
}

/** What an earlier server has copied. Of a log that was cut or deleted since, the whole output is copied again. */
async function copiedBefore({ log, logStart }: RayHandle): Promise<number> {
  const file = await openRunFile(...locationOf(log));
  await file?.handle.close();
  return Math.max(0, (file?.size ?? 0) - logStart);
}

/** Follows logs by the WebSocket of the Jobs API. Ray reads them as text: what ended in a carriage return comes as a line. */
export function createTail(address: RayAddress): Tail {
  return async (id, hear) => {
    const url = `${address.url}/api/jobs/${encodeURIComponent(id)}/logs/tail`;
    return connectWebSocket(url, await headersOf(address), hear);
  };
}
