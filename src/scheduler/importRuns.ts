import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { errorCode, errorMessage } from '../errors.ts';
import type { ImportedRun, ImportReader } from '../machines/ports/imports.ts';
import type { Journal } from '../machines/ports/journal.ts';
import type { RunExecutor } from '../machines/ports/runner.ts';
import { foldersOverlap, liesIn } from '../machines/scheduler/foldersOverlap.ts';
import type { ImportCommand } from '../machines/scheduler/schedulerEvents.ts';
import { EvaldError } from '../schemas/errors/errors.ts';
import type { ImportAnswer, ImportRequest } from '../schemas/scores/imports.ts';
import { type JobOptions, noOptions } from '../schemas/submission/jobOptions.ts';

/** New results files of one request: each is read, and is a commit. */
const MOST_IMPORTED = 1_000;
/** Files of an answer that are no new ones. */
const MOST_KNOWN = 1_000;
/** Running jobs a page. */
const SLICE = 200;
/** What the system says of a path that leads to no folder. */
const absent: readonly (string | undefined)[] = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/** An earlier run as a command; what is left is to send it. */
export type Import = Omit<ImportCommand, 'reply'>;

/** What imports need: what is allowed, what reads, and what takes in what was read. */
export type ImportParts = {
  /** The folder in the one spelling of all. @throws EvaldError `notAllowed` when it may not be read. */
  admit(dir: string): string;
  /** The one spelling of a folder: without links. */
  resolveFolder(folder: string): string;
  reader: ImportReader;
  /** What is not to be seen of what was read: `Redactor.forms`; null: nothing is hidden. */
  forms: readonly string[] | null;
  journal: Pick<Journal, 'list' | 'resultFiles'>;
  runs: Pick<RunExecutor, 'folderOf'>;
  scheduler: { importRun(run: Import): Promise<{ jobId: string; repeated: boolean }> };
  /** Milliseconds since 1970. */
  now: () => number;
  /** Start of the names of the runs' own folders. */
  prefix: string;
};

/**
 * Makes what takes earlier runs into the record: each results file in and below a folder becomes a completed job. What was
 * imported before, what evald ran itself, and what is no whole run is skipped, each with its reason, and the others go on.
 * Nothing in the folder is changed.
 * @returns a function; its `who` is the name of the token by which it is asked for.
 * @throws the function: EvaldError `notAllowed`, `outputMissing` when there is no such folder, `outputUnreadable` when the folder cannot be looked through, `intakeClosed`; what was
 * imported until then stays, and is skipped when it is asked again.
 */
export function createImports(parts: ImportParts) {
  const { admit, reader, forms, scheduler } = parts;
  return async ({ dir, labels }: ImportRequest, who: string | null): Promise<ImportAnswer> => {
    const folder = admit(dir);
    const { found, isCut } = await reader.findResults(folder).catch((error) => {
      if (absent.includes(errorCode(error))) {
        throw new EvaldError('outputMissing', `${folder} is no folder on the server`);
      }
      throw new EvaldError('outputUnreadable', `${folder} cannot be looked through: ${errorMessage(error)}`);
    });
    const answer: ImportAnswer = { imported: [], skipped: [] };
    const skip = (file: string, reason: string) => answer.skipped.push({ file, reason });
    const running = found.length === 0 ? [] : runningFolders(parts, folder);
    // What a job has written that ended, also meanwhile, is noted with its end.
    const writerOf = (file: string) =>
      running.find((one) => liesIn(dirname(file), one.folder) && !one.before.has(file))?.jobId;
    let [left, known] = [MOST_IMPORTED, 0];
    const skipKnown = (file: string, reason: string) => {
      known += 1;
      if (known <= MOST_KNOWN) skip(file, reason);
    };
    const again = (file: string, jobId: string) => skipKnown(file, `it was imported before as job ${jobId}`);
    for (const one of found) {
      const file = join(folder, one.path);
      const noted = notedOf(parts, file);
      const owner = noted.find(({ hash }) => hash === null)?.jobId ?? writerOf(file);
      if (owner !== undefined) {
        skipKnown(file, `it is of job ${owner}, which this server runs or has run`);
        continue;
      }
      if (left === 0) break;
      const hashes = noted.flatMap(({ hash }) => hash ?? []);
      const read = await readOne(reader, folder, one, forms, hashes);
      if ('known' in read) {
        again(file, noted.find(({ hash }) => hash === read.known)?.jobId ?? '');
        continue;
      }
      left -= 1;
      if ('skipped' in read) {
        skip(file, read.skipped);
        continue;
      }
      const { run } = read;
      const { jobId, repeated } = await scheduler.importRun(
        importOf(parts, run, { ...noOptions, harness: run.harness, labels }, who),
      );
      if (repeated) again(file, jobId);
      else {
        const { harness, request, outcome } = run;
        answer.imported.push({
          job_id: jobId,
          file,
          harness,
          model: request.model,
          tasks: Object.keys(outcome.metrics),
        });
      }
    }
    if (known > MOST_KNOWN) skip(folder, `${known - MOST_KNOWN} more were imported before, or are of this server`);
    if (isCut)
      skip(folder, 'not all of it could be looked through: it has too many files, or folders that cannot be read');
    if (left === 0 && found.length > known + MOST_IMPORTED) {
      skip(
        folder,
        `it has ${found.length} results files, and at most ${MOST_IMPORTED} new ones are read at once: ask again for the others`,
      );
    }
    return answer;
  };
}

/** The jobs that have written or were read from a file, also those that are forgotten and of which there are scores. */
const notedOf = ({ journal, resolveFolder }: ImportParts, file: string) =>
  journal.resultFiles(basename(file)).filter(({ folder }) => resolveFolder(folder) === dirname(file));

/** A file that cannot be read keeps no other from being read. */
async function readOne(reader: ImportReader, ...[dir, found, forms, known]: Parameters<ImportReader['readImport']>) {
  try {
    return await reader.readImport(dir, found, forms, known);
  } catch (error) {
    return { skipped: `it cannot be read: ${errorMessage(error)}` };
  }
}

/** A key that no client can send, for it begins with a space: the same file of the same content is the same job. */
const keyOf = ({ file, hash }: ImportedRun) => ({ key: ` import ${hash} ${file}`, requestHash: hash });

/** A run that seems to end later than now was timed by another clock: shown is that it has ended. */
function importOf({ now, prefix }: ImportParts, run: ImportedRun, options: JobOptions, who: string | null): Import {
  const { file, harness, request, outcome, warnings } = run;
  const jobId = randomUUID();
  const late = Math.max(0, run.endedAt - now());
  const job = {
    ...{ jobId, request, warnings, options, createdMonotonic: null },
    ...{ createdAt: Math.max(0, run.startedAt - late), folderName: prefix + jobId },
    ...{ idempotency: keyOf(run), retryOf: null, submittedBy: who, imported: { file, harness } },
  };
  return { job, endedAt: run.endedAt - late, outcome };
}

/** Folders that running jobs write into, of those that clients named, and what was there before each began. */
function runningFolders({ journal, runs }: ImportParts, dir: string) {
  const running: { jobId: string; folder: string; before: ReadonlySet<string> }[] = [];
  for (let cursor: number | null = null; ; ) {
    const { jobs, next } = journal.list({ filter: { status: 'running' }, order: 'newest', cursor, limit: SLICE });
    for (const { jobId, request, run } of jobs) {
      if (run === null || request.output_dir === null) continue;
      const folder = runs.folderOf(request);
      if (folder === null || !foldersOverlap(folder, dir)) continue;
      running.push({ jobId, folder, before: new Set(run.prepared.before.map((path) => join(folder, path))) });
    }
    if (next === null) return running;
    cursor = next;
  }
}
