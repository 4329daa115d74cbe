import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { shellWord } from '../../../../src/runner/backends/shared/shellWord.ts';
import { createSlurmCommands } from '../../../../src/runner/backends/slurm/command.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

/** Commands of which one is a script of ours. */
async function withProgram(script: string, limit?: number) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'squeue'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return createSlurmCommands(
    { PATH: `${folder}:/usr/bin:/bin`, SLURM_CONF: '/conf', SECRET: 'x', SBATCH_PARTITION: 'y' },
    limit,
  );
}

/** As Slurm 22.05 says it, with exit code 1. */
const says = (words: string) => `printf '%s\\n' ${shellWord(words)} >&2; exit 1`;

test.each([
  'slurm_load_jobs error: Unable to contact slurm controller (connect failure)',
  'squeue: error: Batch job submission failed: Unable to contact slurm controller (connect failure)',
  'squeue: error: Batch job submission failed: Socket timed out on send/recv operation',
  'squeue: error: slurm_receive_msg: Zero Bytes were transmitted or received',
  'squeue: error: Slurm temporarily unable to accept job, sleeping and retrying',
  'squeue: error: Batch job submission failed: Slurm backup controller in standby mode',
  'squeue: error: slurm_send_node_msg: auth_g_create: REQUEST_SUBMIT_BATCH_JOB has authentication error',
  'squeue: error: If munged is up, restart with --num-threads=10',
  'squeue: fatal: Could not establish a configuration source',
  "squeue: error: QOSMaxSubmitJobPerUserLimit\nsqueue: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
  'squeue: error: AssocGrpSubmitJobsLimit',
])('a failure that says nothing of a job counts as Slurm being away: %s', async (words) => {
  const commands = await withProgram(says(words));
  await expect(commands.run('squeue', [])).rejects.toMatchObject({ name: 'SlurmError', fault: 'away' });
});

test.each([
  [
    'squeue: error: Batch job submission failed: Invalid partition name specified',
    'Batch job submission failed: Invalid partition name specified',
  ],
  [
    'squeue: error: Batch job submission failed: Requested node configuration is not available',
    'Batch job submission failed: Requested node configuration is not available',
  ],
  ['squeue: error: Invalid --time specification', 'Invalid --time specification'],
  ['', 'squeue ended with exit code 1'],
])('a refusal has the message of Slurm: %s', async (words, message) => {
  const commands = await withProgram(says(words));
  await expect(commands.run('squeue', [])).rejects.toMatchObject({ fault: 'refused', message });
});

test('a command that is not there is said to be missing', async () => {
  const commands = createSlurmCommands({ PATH: '/nonexistent' });
  await expect(commands.run('sbatch', [])).rejects.toMatchObject({ fault: 'missing', message: /sbatch was not found/ });
});

test('a command that hangs is ended, and counts as Slurm being away', async () => {
  const commands = await withProgram('exec sleep 600', 300);
  await expect(commands.run('squeue', [])).rejects.toMatchObject({
    fault: 'away',
    message: 'squeue had no answer within 0.3 s',
  });
});

test('a command knows its cluster, uses plain English, and has nothing else of the server', async () => {
  const commands = await withProgram('env');
  const lines = (await commands.run('squeue', [])).split('\n');
  expect(lines).toEqual(expect.arrayContaining(['SLURM_CONF=/conf', 'LC_ALL=C', 'SLURM_TIME_FORMAT=%s']));
  expect(lines.filter((line) => /^(SECRET|SBATCH_)/.test(line))).toEqual([]);
});

test('a command reads the file that it is given, and nothing without one', async () => {
  const commands = await withProgram('cat');
  const file = await open(import.meta.filename);
  onTestFinished(() => file.close());
  expect(await commands.run('squeue', [], file.fd)).toBe(await readFile(import.meta.filename, 'utf8'));
  expect(await commands.run('squeue', [])).toBe('');
});

test('a submission to a controller that is full is not waited for', async () => {
  const commands = await withProgram(`
    echo 'squeue: error: Slurm temporarily unable to accept job, sleeping and retrying' >&2; exec sleep 600`);
  await expect(commands.run('squeue', [])).rejects.toMatchObject({ fault: 'away', message: /sleeping and retrying$/ });
});

test('at most four commands run at the same time, the others one after another, also after one has failed', async () => {
  const folder = await temporaryFolder();
  const commands = await withProgram(`
    mkdir "${folder}/$1"; ls "${folder}" | wc -l; sleep 0.1; rmdir "${folder}/$1"; [ "$1" != 2 ]`);
  const runs = Array.from({ length: 12 }, (_, index) => commands.run('squeue', [String(index)]));
  const ends = await Promise.allSettled(runs);
  expect(ends.map(({ status }) => status)).toEqual(ends.map((_, index) => (index === 2 ? 'rejected' : 'fulfilled')));
  const counts = ends.flatMap((end) => (end.status === 'fulfilled' ? [Number(end.value)] : []));
  expect(Math.max(...counts)).toBeLessThanOrEqual(4);
});

test('submissions that hang do not keep the queue from being looked at', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'sbatch'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  await writeFile(join(folder, 'squeue'), '#!/bin/sh\necho seen\n', { mode: 0o755 });
  const commands = createSlurmCommands({ PATH: `${folder}:/usr/bin:/bin` }, 2_000);
  let ended = 0;
  const submissions = Array.from({ length: 8 }, () =>
    commands.run('sbatch', []).catch(() => {
      ended += 1;
    }),
  );
  expect(await commands.run('squeue', [])).toBe('seen\n');
  expect(ended).toBe(0);
  await Promise.all(submissions);
});

test('a message on the output of a command that fails counts, if it says nothing else', async () => {
  const commands = await withProgram(
    "echo 'Slurmctld(primary) at head is DOWN'; echo '*****'; echo '** RESTORE SLURMCTLD DAEMON TO SERVICE **'; exit 1",
  );
  await expect(commands.run('squeue', [])).rejects.toMatchObject({ message: 'Slurmctld(primary) at head is DOWN' });
});
