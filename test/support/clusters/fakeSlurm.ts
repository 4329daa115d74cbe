import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Commands of a Slurm that takes every job and runs none, in a folder for a PATH, until it is told to refuse.
 * @param folder exists.
 */
export async function fakeSlurm(folder: string) {
  const script = (name: string, text: string, mode = 0o755) =>
    writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode });
  // As sbatch does it: what it says goes to standard error, and a submission is answered with its id.
  await script(
    'sbatch',
    `case "$*" in *--test-only*) kind=trial ;; *) kind=submission ;; esac
if [ -e '${folder}'/$kind ]; then cat '${folder}'/$kind >&2; exit 1; fi
[ $kind = trial ] || echo 7`,
  );
  await script('scontrol', `if [ -e '${folder}/down' ]; then exit 1; fi; echo 'Slurmctld(primary) at head is UP'`);
  await script('squeue', 'exit 0');
  await script('sinfo', 'exit 0');
  await script('scancel', 'exit 0');
  const refuse = (kind: 'trial' | 'submission' | 'down', words: string) => writeFile(join(folder, kind), words);
  return {
    path: `${folder}:/usr/bin:/bin`,
    /** Refuses submissions, and trials, each in Slurm's words. */
    refuse: async (words: string) => {
      await refuse('submission', `sbatch: error: Batch job submission failed: ${words}\n`);
      await refuse('trial', `allocation failure: ${words}\n`);
    },
    refuseSubmissions: (words: string) =>
      refuse('submission', `sbatch: error: Batch job submission failed: ${words}\n`),
    refuseTrials: (words: string) => refuse('trial', `allocation failure: ${words}\n`),
    goDown: () => refuse('down', ''),
    /** Takes everything again: submissions first, or one that is refused last would count as the fault of its job. */
    take: async () => {
      for (const kind of ['submission', 'trial', 'down']) await rm(join(folder, kind), { force: true });
    },
  };
}
