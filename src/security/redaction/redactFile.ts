import { open } from 'node:fs/promises';
import type { OpenedFile } from '../../files/openRunFile.ts';
import { readWhole } from '../../files/readWhole.ts';
import { TextCleaner } from './cleanText.ts';
import { mayShowMore } from './readings.ts';
import { type Redactor, type Span, stars } from './redactor.ts';

const CHUNK = 1024 * 1024;
/** What is traced takes nine times as many. */
const CLEANED = 64 * 1024;
const LINE_FEED = 0x0a;

type ReadFile = Pick<OpenedFile, 'handle' | 'size'>;

/**
 * Redacts an opened file where it lies; its length stays. What was redacted before stays so, and a crash in between leaves
 * it done in part: doing it again ends it. On disk when it resolves. Takes constant memory.
 * @returns whether anything was there to redact. @throws the system's error.
 */
export async function redactFile(file: ReadFile, redactor: Redactor): Promise<boolean> {
  let writer: Awaited<ReturnType<typeof open>> | null = null;
  try {
    for await (const { start, end } of findIn(file, redactor)) {
      // The file that is open, whatever lies at its path by now.
      writer ??= await open(`/proc/self/fd/${file.handle.fd}`, 'r+');
      await writer.write(stars(end - start), 0, end - start, start);
    }
    await writer?.datasync();
    return writer !== null;
  } finally {
    await writer?.close();
  }
}

/** Whether anything is there to redact. @throws the system's error. */
export async function showsSecret(file: ReadFile, redactor: Redactor): Promise<boolean> {
  for await (const _ of findIn(file, redactor)) return true;
  return false;
}

/**
 * Where in the file the bytes stand that a log view would show it by, however far they are apart. Only these, never what
 * moves the cursor: what is shown stays in its order.
 */
async function* findShown({ handle, size }: ReadFile, redactor: Redactor): AsyncGenerator<Span, void> {
  const cleaner = new TextCleaner(true);
  const chunk = Buffer.allocUnsafe(Math.min(size, Math.max(CLEANED, redactor.reach)));
  let text = Buffer.alloc(0);
  let sources = new Float64Array(0);
  for (let at = 0; at < size; ) {
    const bytesRead = await readWhole(handle, chunk, at);
    at += bytesRead;
    const isEnd = at >= size || bytesRead === 0;
    const known = text.length;
    const traced = cleaner.trace(chunk.subarray(0, bytesRead), isEnd);
    text = Buffer.concat([text, traced.bytes]);
    sources = joined(sources, traced.sources);
    for (const span of redactor.find(text, isEnd)) if (span.end > known) yield* sourcesOf(span, text, sources);
    if (isEnd) return;
    text = Buffer.from(text.subarray(-redactor.reach));
    sources = sources.slice(-redactor.reach);
  }
}

/** The parts of the file that a part of its text was read from, without the ends of lines. */
function sourcesOf({ start, end }: Span, text: Buffer, sources: Float64Array): Span[] {
  const parts: Span[] = [];
  for (let at = start; at < end; at++) {
    if (text[at] === LINE_FEED) continue;
    const source = sources[at] ?? 0;
    const last = parts.at(-1);
    if (last?.end === source) last.end += 1;
    else parts.push({ start: source, end: source + 1 });
  }
  return parts;
}

function joined(one: Float64Array, other: Float64Array): Float64Array<ArrayBuffer> {
  const all = new Float64Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}

/** Where it stands in the file; the same place may be found twice. */
async function* findIn(file: ReadFile, redactor: Redactor): AsyncGenerator<Span, void> {
  const { handle, size } = file;
  const chunk = Buffer.allocUnsafe(Math.max(CHUNK, 2 * redactor.reach));
  let isShownOtherwise = false;
  for (let at = 0, isEnd = false; at < size && !isEnd; at += chunk.length - redactor.reach) {
    const bytesRead = await readWhole(handle, chunk, at);
    isEnd = at + bytesRead >= size || bytesRead === 0;
    const bytes = chunk.subarray(0, bytesRead);
    isShownOtherwise ||= mayShowMore(bytes);
    for (const { start, end } of redactor.findWritten(bytes, isEnd)) yield { start: at + start, end: at + end };
  }
  // Afterwards, for what was redacted may have let something else be seen.
  if (isShownOtherwise) yield* findShown(file, redactor);
}
