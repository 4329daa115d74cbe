import type { Client } from '../../../../client/index.ts';

/** Bytes that are asked for at a time, and how many such pieces are kept: what was read last is read again soon. */
const CHUNK = 256 * 1024;
const KEPT = 32;

/** A log as bytes on a server, of which any part can be read. It may grow meanwhile. */
export type LogSource = {
  /** How long it was when that was last asked for. */
  readonly size: number;
  /** Asks how long it is now. @throws ClientError */
  measure(signal?: AbortSignal): Promise<number>;
  /** A part of it; shorter where it ends before. What was read last comes from memory. @throws ClientError */
  read(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The same, for reading all of it: nothing of it is kept. @throws ClientError */
  stream(start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
};

/** The log of a job, of a split one that of a task: takes 8 MiB at most, however long it is. */
export function createLogSource(
  client: Pick<Client, 'logSize' | 'logBytes'>,
  jobId: string,
  task?: string | undefined,
): LogSource {
  const chunks = new Map<number, Uint8Array>();
  let size = 0;

  const stream = async (start: number, end: number, signal?: AbortSignal): Promise<Uint8Array> => {
    const last = Math.min(end, size) - 1;
    if (last < start) return new Uint8Array();
    return client.logBytes(jobId, { start, end: last }, { task, signal });
  };

  const chunkAt = async (number: number, signal?: AbortSignal): Promise<Uint8Array> => {
    const start = number * CHUNK;
    const wanted = Math.min(CHUNK, size - start);
    let chunk = chunks.get(number) ?? new Uint8Array();
    if (chunk.length < wanted) {
      const rest = await stream(start + chunk.length, start + wanted, signal);
      chunk = joined([chunk, rest]);
    }
    chunks.delete(number);
    chunks.set(number, chunk);
    for (const oldest of chunks.keys()) {
      if (chunks.size <= KEPT) break;
      chunks.delete(oldest);
    }
    return chunk;
  };

  return {
    get size() {
      return size;
    },
    measure: async (signal) => {
      const measured = await client.logSize(jobId, { task, signal });
      // It was begun anew: what was read is of another.
      if (measured < size) chunks.clear();
      size = measured;
      return size;
    },
    read: async (start, end, signal) => {
      const until = Math.min(end, size);
      const parts: Uint8Array[] = [];
      for (let number = Math.floor(start / CHUNK); number * CHUNK < until; number++) {
        const chunk = await chunkAt(number, signal);
        parts.push(chunk.subarray(Math.max(0, start - number * CHUNK), until - number * CHUNK));
      }
      return parts.length === 1 && parts[0] !== undefined ? parts[0] : joined(parts);
    },
    stream,
  };
}

/** Pieces, one behind the other. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
