import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { openRunFile, RefusedFile } from '../../../files/openRunFile.ts';
import { parseNote } from '../../../files/parseJson.ts';
import { readFileIfExists } from '../../../files/readFileIfExists.ts';
import { appendTo, emptyFile, replaceFile } from '../../../files/writeRunFile.ts';
import { launchFault } from '../../faults.ts';
import type { LaunchSpec } from '../backend.ts';
import { FILES, jobScript, programFile } from './script.ts';

const submissionSchema = z.object({
  name: z.string().describe('Name of the job in Slurm'),
  unique: z
    .enum(['name', 'comment'])
    .default('name')
    .describe('Which of both no other job ever has; its name in those of earlier versions'),
  args: z.array(z.string()).describe('Arguments of sbatch'),
});

/** What is to be submitted; that it was is not said. */
export type SlurmSubmission = z.infer<typeof submissionSchema>;

/**
 * Writes everything a submission needs into the state folder, what says that it is whole last: a crash may come at any
 * moment. @throws the system's error; RunError, UnavailableError for the log, which may be in a folder of the client's.
 */
export async function writeSlurmSubmission(
  spec: LaunchSpec,
  state: string,
  submission: SlurmSubmission,
): Promise<void> {
  // A link: the log's path is the client's, and sbatch reads some characters of a path as patterns.
  await appendTo(spec.log).then(
    (log) => log.close(),
    (error) => {
      throw launchFault(error, `its log ${spec.log} cannot be written`, false);
    },
  );
  await symlink(await realpath(spec.log), join(state, FILES.log));
  await writeFile(join(state, FILES.program), programFile(state, spec.env, spec.command), { mode: 0o600 });
  await writeFile(join(state, FILES.script), jobScript(state, spec.umask), { mode: 0o600 });
  await replaceFile(join(state, FILES.submission), JSON.stringify(submission), true);
}

/** What is to be submitted; null when that was never written. @throws the system's error. */
export async function readSlurmSubmission(state: string): Promise<SlurmSubmission | null> {
  const text = await readFileIfExists(join(state, FILES.submission));
  return !text ? null : parseNote(text, submissionSchema);
}

/** A submission that Slurm has answered. */
export type Submitted = {
  id: string;
  /** Seconds since 1970. */
  at: number;
};

/** Notes the id that Slurm gave: it may be another one than at first. A folder that cannot be written costs only that. */
export async function noteSubmitted(state: string, id: string): Promise<void> {
  await replaceFile(join(state, FILES.submitted), `${id} ${Math.floor(Date.now() / 1_000)}\n`).catch(() => {});
}

/** The last submission that Slurm has answered; null when none is noted. Never throws. */
export async function readSubmitted(state: string): Promise<Submitted | null> {
  const text = await readFileIfExists(join(state, FILES.submitted)).catch(() => null);
  const [, id, at] = /^(\d+) (\d+)\n$/.exec(text ?? '') ?? [];
  return id === undefined ? null : { id, at: Number(at) };
}

/** Opens the script for sbatch to read. @throws the system's error. */
export async function withScript<T>(state: string, use: (descriptor: number) => Promise<T>): Promise<T> {
  const folder = { path: dirname(state), isOwn: true };
  const file = await openRunFile(folder, join(basename(state), FILES.script));
  if (file === null) throw new Error(`${join(state, FILES.script)} is gone`);
  try {
    return await use(file.handle.fd);
  } finally {
    await file.handle.close();
  }
}

/** Which job of Slurm has taken the start, and on which node. Null: none has, or it was evald itself. */
export async function readClaim(state: string): Promise<{ id: string; node: string } | null> {
  try {
    const found = /^(\d+) (.+)\n$/.exec((await readFileIfExists(join(state, 'claim'))) ?? '');
    return found?.[1] === undefined ? null : { id: found[1], node: found[2] ?? '' };
  } catch (error) {
    // A folder, as evald makes it.
    if (error instanceof RefusedFile) return null;
    throw error;
  }
}

/** Takes the program's words and environment from the disk, of a run that has ended or will never start. */
export async function forgetProgram(state: string): Promise<void> {
  await emptyFile(join(state, FILES.program)).catch(() => {});
}

/**
 * Makes what others have written into a folder visible here. On a network disk a folder is looked at anew at once only
 * by who has changed it.
 */
export async function freshen(folder: string): Promise<void> {
  await mkdtemp(join(folder, 'look-')).then(
    (made) => rm(made, { recursive: true, force: true }),
    () => {},
  );
}
