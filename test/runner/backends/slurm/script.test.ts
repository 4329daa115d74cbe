import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { shellWord } from '../../../../src/runner/backends/shared/shellWord.ts';
import { jobScript, programFile } from '../../../../src/runner/backends/slurm/script.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

/** As on Debian and as on the machines of most clusters. */
describe.each([['dash'], ['bash', '--posix']])('the script of a job, read by %s', (shell, ...options) => {
  async function run(
    command: string[],
    env: Record<string, string> = {},
    before?: (state: string) => Promise<unknown>,
  ) {
    const state = join(await temporaryFolder(), "it's $HOME %j");
    await mkdir(state);
    await writeFile(join(state, 'program'), programFile(state, env, command));
    await writeFile(join(state, 'script'), jobScript(state));
    await before?.(state);
    const job = {
      SLURM_JOB_ID: '7',
      SLURMD_NODENAME: 'n1',
      SLURM_PROCID: '0',
      SLURM_NTASKS: '1',
      LC_ALL: 'C',
      HOME: '/x',
    };
    const ended = promisify(execFile)(shell, [...options, join(state, 'script')], {
      env: { ...job, CUDA_VISIBLE_DEVICES: '3', TMPDIR: '/node' },
    });
    const { stdout, stderr, code } = await ended.then(
      (end) => ({ ...end, code: 0 }),
      (error) => error,
    );
    const file = (name: string) => readFile(join(state, name), 'utf8').catch(() => null);
    return {
      state,
      stdout,
      stderr,
      code,
      claim: await file('claim'),
      exit: await file('exit'),
      left: await file('program'),
    };
  }

  test('a script runs the program with its arguments and environment, and with what the node set', async () => {
    const env = {
      ...{
        PATH: '/usr/bin:/bin',
        A: "it's",
        B: 'a\nb',
        IFS: ':',
        UID: '5',
        PPID: '1',
        SHELLOPTS: 'x',
        'BAD-NAME': '1',
      },
      ...{ CUDA_VISIBLE_DEVICES: '0', TMPDIR: '/server', SLURM_JOB_ID: '99' },
    };
    const { state, stdout, stderr, code, claim, exit, left } = await run(['env', '-0'], env);
    expect([stderr, code, claim, left]).toEqual(['', 0, '7 n1\n', '']);
    expect(exit).toMatch(/^0 \d+\.\d+\n$/);
    const lines = stdout.split('\0');
    expect(lines).toEqual(expect.arrayContaining(["A=it's", 'B=a\nb', `EVALD_RUN=${state}`, 'PATH=/usr/bin:/bin']));
    expect(lines).toEqual(expect.arrayContaining(['CUDA_VISIBLE_DEVICES=3', 'TMPDIR=/node', 'SLURM_JOB_ID=7']));
    expect(lines.filter((line: string) => /^(SLURM_PROCID|SLURM_NTASKS|LC_ALL|HOME|IFS|BAD-NAME)=/.test(line))).toEqual(
      [],
    );
  });

  test.each([
    [['sh', '-c', 'exit 3'], 3],
    [['sh', '-c', 'kill -KILL $$'], 137],
    [['no-such-program'], 127],
  ])('a script ends as the program does and records it: %j', async (command, status) => {
    const { code, exit } = await run(command, { PATH: '/usr/bin:/bin' });
    expect(code).toBe(status);
    expect(exit).toMatch(new RegExp(`^${status} `));
  });

  test.each([
    ['another job', (state: string) => writeFile(join(state, 'claim'), '6 n1\n')],
    ['evald, which took it back', (state: string) => mkdir(join(state, 'claim'))],
  ])('a script starts nothing when the start was taken by %s', async (_, take) => {
    const { stdout, stderr, code, exit } = await run(['echo', 'started'], { PATH: '/usr/bin:/bin' }, take);
    expect([stdout, code, exit]).toEqual(['', 125, null]);
    expect(stderr).toMatch(/^evald: the start was taken by another job or taken back.*\(job 7 on n1\)\n$/);
  });
});

test('an argument in a script is quoted whatever is in it', () => {
  expect(shellWord("a'b")).toBe(`'a'\\''b'`);
});
