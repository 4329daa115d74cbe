import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withCluster } from '../../support/clusters/slurm/suite.ts';
import { describeWith, slurm } from '../../support/needs.ts';
import { canMount } from '../../support/privileges.ts';
import { temporaryFolder } from '../../support/runs/localRun.ts';
import { runMain } from '../../support/server/runMain.ts';

const main = new URL('../../../src/evald.ts', import.meta.url).pathname;

describeWith(slurm, 'evald check on Slurm', () => {
  const { cluster } = withCluster();

  const words = (dataDir: string, ...flags: string[]) => [
    ...['check', '--json', '--backend', 'slurm', '--harness', 'demo', '--port', '0', '--data-dir', dataDir],
    ...flags,
  ];
  const read = (stdout: string) => {
    const { checks } = JSON.parse(stdout) as {
      checks: { name: string; state: string; says: string; remedy: string }[];
    };
    return (name: string) => checks.filter((each) => each.name === name).map(({ state, says }) => [state, says]);
  };

  test('check has a node run one small program, which sees the folder and has the Python, and leaves nothing', async () => {
    const folder = await temporaryFolder();
    const { code, stdout } = await runMain(words(join(folder, 'data')), cluster().env);
    const of = read(stdout);
    expect(of('slurm')).toEqual([['ok', 'it answers, and takes --slurm-args; 2 nodes']]);
    expect(of('partition')).toEqual([['ok', expect.stringMatching(/^\w+: 2 idle$/)]]);
    expect(of('shared folder')).toEqual([['ok', expect.stringMatching(/^n[12] sees /)]]);
    expect(of('python')).toEqual([['ok', expect.stringMatching(/^python3 on n[12] is Python 3\.\d+\.\d+$/)]]);
    expect(code).toBe(0);
    expect(await readdir(folder)).toEqual([]);
    expect(await cluster().command('squeue', '--noheader')).toBe('');
  });

  test('check finds a Python that starts on this machine and on no node', async () => {
    const folder = await temporaryFolder();
    const python = join(folder, 'python');
    const script = '#!/bin/sh\n[ -n "$SLURM_JOB_ID" ] && echo "no such interpreter" && exit 3\nexec python3 "$@"\n';
    await writeFile(python, script, { mode: 0o755 });
    const { code, stdout } = await runMain(words(join(folder, 'data'), '--python', python), cluster().env);
    const of = read(stdout);
    expect(of('shared folder')).toEqual([['ok', expect.anything()]]);
    expect(of('python')).toEqual([
      ['error', expect.stringMatching(/does not start on n[12]: no such interpreter; it ended with exit code 3$/)],
    ]);
    expect(code).toBe(1);
  });

  test.skipIf(!canMount)('check finds a folder of runs that no node sees', async () => {
    const folder = await temporaryFolder();
    // Only the command has this disk: a node finds the empty folder below it.
    const line = 'mount -t tmpfs none "$0" && exec "$@"';
    const args = ['--mount', 'sh', '-c', line, folder, process.execPath, main, ...words(join(folder, 'data'))];
    const env = { ...process.env, ...cluster().env };
    const ended = await promisify(execFile)('unshare', args, { env }).catch((error) => error);
    const of = read(ended.stdout);
    expect(of('shared folder')).toEqual([['error', expect.stringContaining(`a small run left nothing in ${folder}`)]]);
    expect(ended.code).toBe(1);
  });

  test('check takes back a run that no node has begun in time', async () => {
    const folder = await temporaryFolder();
    for (const node of ['n1', 'n2'])
      await cluster().command('scontrol', 'update', `nodename=${node}`, 'state=drain', 'reason=test');
    const { code, stdout } = await runMain(words(join(folder, 'data'), '--patience', '3'), cluster().env);
    for (const node of ['n1', 'n2']) await cluster().command('scontrol', 'update', `nodename=${node}`, 'state=resume');
    const of = read(stdout);
    expect(of('partition')).toEqual([['warning', expect.stringContaining('no node of it takes jobs now')]]);
    expect(of('node')).toEqual([
      ['warning', expect.stringMatching(/^a small run has not ended within 3 s.*; it was taken back$/)],
    ]);
    expect(code).toBe(0);
    expect(await cluster().command('squeue', '--noheader')).toBe('');
    expect(await readdir(folder)).toEqual([]);
  });
});
