import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { type FileAccess, ownersOnly, umaskIn, umaskWord } from '../files/fileAccess.ts';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { MergeRequest } from '../schemas/harness/merge.ts';
import type { Redactor } from '../security/redaction/redactor.ts';
import { anyFolder } from './folders/workingFolder.ts';

export type MergeOptions = {
  /** The Python that has lmms_engine. */
  python: string;
  /** The whole environment of the child. */
  env: Record<string, string>;
  /** Which users may read what is written; its owner only if left out. */
  access?: FileAccess;
  /** Aborting it ends the merges under way. */
  signal?: AbortSignal;
};

/** Bytes kept of what the child prints, and of its report: 4096 characters, each escaped to at most 12. */
const MAX_ERRORS = 8 * 1024;
const MAX_REPORT = 64 * 1024;
/** Ms that pipes may stay open after the child's end. */
const PIPES_GRACE = 500;
const notInstalled = 'lmms_engine package not found. Please install lmms-engine to use checkpoint merging.';

/** Descriptor 3 carries the report: the library prints what it likes to the others. */
const program = `
import json, os, sys

os.umask(int(sys.argv[1], 8))

def main(request):
    try:
        from lmms_engine.merger import FSDP2Merger
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] == "lmms_engine":
            return {"kind": "notInstalled", "text": ""}
        raise
    from pathlib import Path
    output = request["output_path"]
    merger = FSDP2Merger(checkpoint_type=request["checkpoint_type"])
    merged = merger.merge(Path(request["checkpoint_path"]), output_path=None if output is None else Path(output))
    return {"kind": "merged", "text": str(merged)}

try:
    report = main(json.loads(sys.stdin.buffer.read()))
except FileNotFoundError as error:
    report = {"kind": "fileMissing", "text": str(error)}
except ValueError as error:
    report = {"kind": "invalid", "text": str(error)}
except ImportError as error:
    report = {"kind": "import", "text": str(error)}
except Exception as error:
    report = {"kind": "failed", "text": str(error) or type(error).__name__}
report["text"] = report["text"][:4096]
os.write(3, json.dumps(report).encode() + b"\\n")
`;

const reportSchema = z.object({
  kind: z.enum(['merged', 'notInstalled', 'import', 'fileMissing', 'invalid', 'failed']),
  text: z.string(),
});
type Report = z.infer<typeof reportSchema>;

/**
 * The work behind POST /merge: lmms_engine's merger in a child process of its own. Answers the path it wrote.
 * @param options `redactor`: what is not to be seen of what it says.
 */
export function createMerge({
  redactor = null,
  ...options
}: MergeOptions & { redactor?: Redactor | null }): (request: MergeRequest) => Promise<string> {
  return async (request) => {
    const report = await runProgram(options, request);
    if (report.kind === 'merged') return report.text;
    // What failed may say what it was given in its environment.
    throw refusalOf({ ...report, text: redactor?.text(report.text) ?? report.text });
  };
}

function refusalOf({ kind, text }: Report): EvaldError {
  switch (kind) {
    case 'fileMissing':
      return new EvaldError('mergeFileMissing', text);
    case 'invalid':
      return new EvaldError('mergeInvalid', text);
    case 'notInstalled':
      return new EvaldError('mergeFailed', `lmms_engine not available: ${notInstalled}`);
    case 'import':
      return new EvaldError('mergeFailed', `lmms_engine not available: ${text}`);
    default:
      return new EvaldError('mergeFailed', `Merge failed: ${text}`);
  }
}

async function runProgram({ python, env, signal, access }: MergeOptions, request: MergeRequest): Promise<Report> {
  const umask = await umaskFor(request, access);
  const child = spawn(python, ['-c', program, umaskWord(umask)], {
    env,
    cwd: await anyFolder(),
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  const errors = keepTail(readableOf(child, 2), MAX_ERRORS);
  const reported = keepTail(readableOf(child, 3), MAX_REPORT);
  // A child that is gone before it has read its request is reported by its exit, not by the broken pipe.
  child.stdin?.on('error', () => undefined).end(JSON.stringify(request));
  const { promise: ended, resolve, reject } = Promise.withResolvers<string>();
  child.on('error', (error) => reject(signal?.aborted ? interrupted(error) : cannotRun(python, error)));
  child.on('close', (code, killedBy) => resolve(describeEnd(code, killedBy)));
  child.on('exit', (code, killedBy) => {
    // What the library started may hold the pipes open long after the merge: what came until now is all that counts.
    setTimeout(() => resolve(describeEnd(code, killedBy)), PIPES_GRACE).unref();
  });
  const end = await ended.finally(() => {
    for (const stream of child.stdio) stream?.destroy();
  });
  const printed = errors().trim();
  return (
    readReport(reported()) ?? { kind: 'failed', text: `the merging process ${end} without a report. ${printed}`.trim() }
  );
}

/** The target need not be there yet: then its files are its owner's, unless it is made in a folder of the group's. */
async function umaskFor({ output_path, checkpoint_path }: MergeRequest, access = ownersOnly): Promise<number> {
  const target = output_path ?? checkpoint_path;
  return umaskIn(target, access)
    .catch(() => umaskIn(dirname(target), access))
    .catch(() => ownersOnly.umask);
}

function readReport(line: string): Report | undefined {
  try {
    return reportSchema.parse(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function interrupted(cause: Error): EvaldError {
  return new EvaldError('mergeFailed', 'Merge failed: the server is shutting down', { cause });
}

function cannotRun(python: string, error: NodeJS.ErrnoException): EvaldError {
  const why = error.code === 'ENOENT' ? `Python not found: ${python}` : `cannot run ${python}: ${error.message}`;
  return new EvaldError('mergeFailed', `Merge failed: ${why}`, { cause: error });
}

function describeEnd(code: number | null, killedBy: NodeJS.Signals | null): string {
  return killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`;
}

function readableOf(child: ChildProcess, descriptor: number): Readable {
  const stream = child.stdio[descriptor];
  if (stream && 'read' in stream) return stream;
  throw new Error(`descriptor ${descriptor} of the child is not readable`);
}

/** Reads a stream to its end and keeps the last `max` bytes, whatever comes. */
function keepTail(stream: Readable, max: number): () => string {
  let tail = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-max);
  });
  stream.on('error', () => undefined);
  return () => tail.toString();
}
