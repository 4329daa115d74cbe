import { z } from 'zod';
import { readMessages, readText } from './messages.ts';
import { reconnect, type StreamOptions } from './reconnect.ts';
import type { CallOptions, Requests } from './requests.ts';
import { type ByteRange, rangeHeader } from './results.ts';

/** Which part of a log, and how. */
export type LogView = {
  /** Only the last lines, so many. */
  tail?: number | undefined;
  /** As it is on disk; else colours and overwritten progress bars are left out. */
  raw?: boolean | undefined;
  /** Of a split job the task whose log is meant; else the one that was begun last. */
  task?: string | undefined;
  /** Of a job that was tried again the attempt whose log is meant, from 1; else the last one that was launched. */
  attempt?: number | undefined;
};

/** Which log of a job is asked for. */
export type LogOf = CallOptions & Pick<LogView, 'task' | 'attempt'>;

export type LogOptions = CallOptions &
  LogView & {
    /** Bytes of the log as it is on disk; not together with `tail`. */
    range?: ByteRange | undefined;
  };

/** Logs of runs. */
export function createLogCalls(requests: Requests) {
  const { open, exchange, read, lost } = requests;
  const callOf = (id: string, { tail, raw, task, attempt, range, ...options }: LogOptions) => ({
    ...options,
    path: ['jobs', id, 'log'],
    query: { tail, raw, task, attempt },
    headers: { range: rangeHeader(range) },
  });

  return {
    /** What is there of a log, as one text. */
    log: async (id: string, options: LogOptions = {}): Promise<string> => (await exchange(callOf(id, options))).text,

    /** What is there of a log, piece by piece: for one of any size. @throws ClientError */
    logText: async function* (id: string, options: LogOptions = {}): AsyncGenerator<string, void> {
      const { signal } = options;
      const { body } = await open(callOf(id, options));
      yield* readText(body, { ...requests, signal, silence: null });
    },

    /** Bytes of a log as it is on disk now. @throws ClientError */
    logSize: async (id: string, options: LogOf = {}): Promise<number> => {
      const call = callOf(id, { ...options, raw: true });
      const { status, headers } = await open({ ...call, method: 'HEAD', answers: [404] });
      // An answer without a body does not say why; this one does.
      if (status === 404) {
        await exchange(callOf(id, { ...options, tail: 1 }));
        // It has begun meanwhile: the length was that of the refusal.
        return 0;
      }
      return Number(headers.get('content-length') ?? 0);
    },

    /** A whole log as it is on disk, to be read by the caller: `body`, `blob()`. @throws ClientError */
    logResponse: (id: string, options: LogOf = {}): Promise<Response> => open(callOf(id, { ...options, raw: true })),

    /** Some bytes of a log as they are on disk; fewer where it ends before. @throws ClientError `refused` when it ends before all of them. */
    logBytes: async (id: string, range: ByteRange, options: LogOf = {}): Promise<Uint8Array<ArrayBuffer>> => {
      const answer = await open(callOf(id, { ...options, range }));
      try {
        return new Uint8Array(await answer.arrayBuffer());
      } catch (error) {
        throw lost(error, options.signal);
      }
    },

    /**
     * What is there of a log, and what comes, until the job has ended, across losses of the connection and restarts of the
     * server: nothing is missing, and only the line that was under way then comes again. Of a split job the logs of the tasks that
     * follow come behind it, unless `task` names one; so do those of further attempts, unless `attempt` does. @throws ClientError
     */
    followLog: (
      id: string,
      { tail, raw, task, attempt, ...options }: LogView & StreamOptions = {},
    ): AsyncGenerator<string, void> => {
      const { signal } = options;
      let last: string | undefined;
      const onId = (next: string) => {
        last = next;
      };
      let isInLine = false;
      return reconnect(async function* (opened) {
        const headers = { accept: 'text/event-stream', 'last-event-id': last };
        const query = { tail, raw, task, attempt, follow: true };
        const answer = await open({ path: ['jobs', id, 'log'], query, headers, signal });
        opened();
        // What was under way begins again, in a line of its own.
        if (isInLine && !raw) yield '\n';
        for await (const { event, data: text } of readMessages(answer, requests, { signal, onId })) {
          if (event === 'end') return true;
          const piece = read(z.string(), { status: 200, text });
          if (piece === '') continue;
          yield piece;
          isInLine = !piece.endsWith('\n');
        }
        return false;
      }, options);
    },
  };
}
