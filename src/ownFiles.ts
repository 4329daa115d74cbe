import { readdirSync, readFileSync } from 'node:fs';
import sea from 'node:sea';
import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Where evald finds what is its own: its programs, the modules of its threads, and the files that it serves or hands to runs.
 * They lie below one root: as sources (`src/*.ts`), as the built package (`dist/*.js`), or as assets inside the one executable
 * that `npm run build:binary` makes, where they are no files. Nothing else asks where a file of evald's own lies, so all three
 * behave alike.
 */

/** What runs as a process of its own, by its file below `src` without the ending. */
export type OwnProgram =
  | 'evald'
  | 'runner/backends/local/starter/starterProgram'
  | 'runner/harnesses/demo/program'
  | 'runner/results/reader/thread';

/** What runs as a thread, named in the same way. */
export const ownThreads = ['journal/writerThread', 'watchdog/watchdogThread', 'runner/results/reader/thread'] as const;
export type OwnThread = (typeof ownThreads)[number];

/** What it serves or hands to runs, by its path in the package: files, and folders with all that is in them. */
export const ownFiles = [
  'package.json',
  'dist/dashboard',
  'diagrams',
  'python/harness/evald_inspect.py',
  'python/harness/evald_inspect_log.py',
] as const;

/** The first word of the one executable that says which of its programs it is to be. */
export const PROGRAM_WORD = '--own-program=';

/** What Node is always started with: else it opens a debugger to every user of the machine on SIGUSR1. */
const ALWAYS = '--disable-sigusr1';

/** Whether this is the one executable. */
export const isOneFile: boolean = sea.isSea();

const root = new URL('../', import.meta.url);
const isSource = import.meta.url.endsWith('.ts');
const urlOf = (name: OwnProgram | OwnThread): URL => new URL(isSource ? `src/${name}.ts` : `dist/${name}.js`, root);

/**
 * The command that starts a program of evald's own in a process of its own.
 * @param program by its name, or a file.
 * @param flags for Node, as `--max-old-space-size=32`.
 */
export function ownCommand(program: OwnProgram | URL, flags: readonly string[] = []): [string, ...string[]] {
  const more = flags.filter((flag) => flag !== ALWAYS);
  if (!isOneFile || program instanceof URL) {
    return [process.execPath, ALWAYS, ...more, fileURLToPath(program instanceof URL ? program : urlOf(program))];
  }
  const options = more.length === 0 ? [] : [`--node-options=${more.join(' ')}`];
  return [process.execPath, ...options, ...(program === 'evald' ? [] : [`${PROGRAM_WORD}${program}`])];
}

/**
 * Starts a thread of evald's own.
 * @param thread by its name, or a file.
 * @throws as `Worker`.
 */
export function startOwnThread(thread: OwnThread | URL, options: WorkerOptions): Worker {
  if (!isOneFile || thread instanceof URL) {
    return new Worker(thread instanceof URL ? thread : urlOf(thread), options);
  }
  const module = sea.getAsset(threadAsset(thread), 'utf8');
  // Its name, for messages.
  return new Worker(`${module}\n//# sourceURL=evald/${thread}.js`, { ...options, eval: true });
}

/** Under which name the one executable has the module of a thread, whole and in one module. */
export const threadAsset = (thread: OwnThread): string => `threads/${thread}.js`;

/** @param path of one of `ownFiles`, or of a file in one of them, as `diagrams/job.svg`. @throws when there is none. */
export function readOwnFile(path: string): Buffer<ArrayBuffer> {
  return isOneFile ? Buffer.from(sea.getAsset(path)) : readFileSync(new URL(path, root));
}

/** The names of the files in a folder of the package, which is not there before it is built. */
export function ownFilesIn(folder: string): string[] {
  const start = `${folder}/`;
  if (isOneFile) {
    return sea.getAssetKeys().flatMap((key) => (key.startsWith(start) ? [key.slice(start.length)] : []));
  }
  try {
    return readdirSync(new URL(start, root));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
