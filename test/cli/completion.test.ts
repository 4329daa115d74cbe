import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { shells } from '../../src/cli/completion/scripts.ts';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { describeWith, shellsAndTmux } from '../support/needs.ts';
import { runMain } from '../support/server/runMain.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

const main = new URL('../../src/evald.ts', import.meta.url).pathname;

let server: TestServer;
let id: string;
beforeAll(async () => {
  server = await startServer();
  const client = createClient({ server: server.url });
  await client.pause();
  id = (await client.submit({ model: 'random', tasks: ['demo_digits'] })).job_id;
});
afterAll(() => server.stop());

/** What is offered in place of the last word. */
async function offered(words: string[], url = server.url): Promise<string[]> {
  const { code, stdout, stderr } = await runMain(['completion', 'words', '--', ...words], { EVALD_SERVER: url });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0] ?? '');
}

test('commands, options and their values are offered by what was typed', async () => {
  expect(await offered(['wa'])).toEqual(['watch', 'wait']);
  expect(await offered(['watch', '--'])).toEqual(['--compact', '--exit-status', '--server', '--yes', '--help']);
  expect(await offered(['wait', 'x', '--for', ''])).toEqual(['ended', 'completed']);
  expect(await offered(['wait', '--for=c'])).toEqual(['--for=completed']);
  expect(await offered(['ls', '-o', 'j'])).toEqual(['json', 'jsonl']);
  expect(await offered(['completion', ''])).toEqual(['bash', 'zsh', 'fish']);
  expect(await offered(['serve', '--max-c'])).toContain('--max-completed-jobs');
  expect(await offered(['doctor', '--data-dir', ''])).toEqual([':files']);
  expect(await offered(['gate', 'x', 'y', '--policy', ''])).toEqual([':files']);
  expect(await offered(['plot', '--svg', ''])).toEqual([':files']);
  expect(await offered(['export', '-o', 'p'])).toEqual(['parquet']);
  expect(await offered(['ls', '-o', 'p'])).toEqual([]);
  expect(await offered(['nothing', ''])).toEqual([]);
});

test('ids of jobs come from the server, by their beginning; when it is away there are none, and nothing is said', async () => {
  expect(await offered(['watch', ''])).toEqual([id.slice(0, 8)]);
  expect(await offered(['watch', id.slice(0, 3)])).toEqual([id.slice(0, 8)]);
  expect(await offered(['watch', id.slice(0, 12)])).toEqual([id]);
  expect(await offered(['compare', ''])).toEqual([id.slice(0, 8)]);
  expect(await offered(['gate', 'x', id.slice(0, 3)])).toEqual([id.slice(0, 8)]);
  expect(await offered(['compare', 'x', 'y', ''])).toEqual([]);
  expect(await offered(['log', '@'])).toEqual(['@last', '@last-failed']);
  expect(await offered(['watch', ''], 'http://127.0.0.1:2')).toEqual([]);
});

test('tasks and models come from the server, for options too', async () => {
  expect(await offered(['plot', '--task', 'demo_d'])).toEqual(['demo_digits']);
  expect(await offered(['board', '--task=demo_sh'])).toEqual(['--task=demo_shapes']);
  expect(await offered(['export', '-m', 'maj'])).toEqual(['majority']);
});

describeWith(shellsAndTmux, 'the scripts', () => {
  let folder: string;
  let env: Record<string, string | undefined>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
    const program = join(folder, 'bin', 'evald');
    await mkdir(join(folder, 'bin'));
    await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
    await chmod(program, 0o755);
    env = { ...process.env, PATH: `${folder}/bin:${process.env['PATH']}`, EVALD_SERVER: server.url, HOME: folder };
    for (const shell of shells) await writeFile(join(folder, shell), (await runMain(['completion', shell])).stdout);
  });

  afterAll(() => removeFolder(folder));

  test.each(shells)('%s takes its script, twice over, without a word', (shell) => {
    const compinit = shell === 'zsh' ? 'autoload -Uz compinit && compinit -u; ' : '';
    const line = `${compinit}source ${folder}/${shell}; source ${folder}/${shell}`;
    const { status, stdout, stderr } = spawnSync(shell, ['-c', line], { encoding: 'utf8', env });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test('fish offers what evald says', () => {
    const line = `source ${folder}/fish; complete -C 'evald watch ${id.slice(0, 3)}'`;
    const said = execFileSync('fish', ['-c', line], { encoding: 'utf8', env });
    expect(said).toBe(`${id.slice(0, 8)}\tqueued random demo_digits\n`);
  });

  test.each(shells)('%s completes a command, an id and an option when the key is pressed', async (shell) => {
    const socket = `evald-completion-${process.pid}-${shell}`;
    const tmux = (...args: string[]) => execFileSync('tmux', ['-L', socket, ...args], { encoding: 'utf8', env });
    const start = { bash: 'bash --norc --noprofile', zsh: 'zsh -f', fish: 'fish --no-config' }[shell];
    tmux('-f', '/dev/null', 'new-session', '-d', '-x', '120', '-y', '24', start);
    const screen = () => tmux('capture-pane', '-p', '-J');
    const typed = (text: string) => void tmux('send-keys', '-l', '--', text);
    const shows = (text: string) => eventually(() => screen().includes(text));
    try {
      if (shell === 'zsh') tmux('send-keys', 'autoload -Uz compinit && compinit -u', 'Enter');
      tmux('send-keys', `source ${folder}/${shell}; clear; echo ready`, 'Enter');
      await eventually(() => /^ready/m.test(screen()));
      typed('evald watc\t');
      await shows('evald watch');
      typed(`${id.slice(0, 3)}\t`);
      await shows(`evald watch ${id.slice(0, 8)}`);
      typed('--exit\t');
      await shows(`evald watch ${id.slice(0, 8)} --exit-status`);
      // What was typed is not evaluated: neither a command nor where output goes.
      tmux('send-keys', 'C-c');
      typed(`evald watch '$(touch ${folder}/made-${shell})' > ${folder}/torn-${shell} \t`);
      typed('\t');
      await shows(`torn-${shell}`);
      const found = spawnSync('ls', [folder], { encoding: 'utf8' }).stdout;
      expect(found).not.toContain(`made-${shell}`);
      expect(found).not.toContain(`torn-${shell}`);
    } finally {
      tmux('kill-server');
    }
  });
});
