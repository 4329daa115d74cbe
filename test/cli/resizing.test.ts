import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { describeWith, shellsAndTmux } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { openTmux, type Tmux } from '../support/server/tmux.ts';
import { eventually } from '../support/waiting/eventually.ts';

/** Jobs that run, and jobs that wait, for as long as a test may take. */
const RUNNING = 3;
const WAITING = 2;

/** The lines of a frame, by what they begin with: a job that runs, its bar, one that waits, the summary. */
const TALL = [...Array(RUNNING).fill(['▸', '█']).flat(), ...Array(WAITING).fill('·'), `${RUNNING}`];
const WIDE = [...Array(RUNNING).fill('▸'), ...Array(WAITING).fill('·'), `${RUNNING}`];

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ flags: ['--slots', String(RUNNING)] });
  const client = createClient({ server: server.url });
  for (let job = 0; job < RUNNING + WAITING; job++) {
    await client.submit({ model: 'random', tasks: ['demo_digits'], model_args: { delay: 5 } });
  }
  await eventually(async () => (await client.queue()).running_jobs.length === RUNNING);
});
afterAll(() => server.stop());

/** What stands below the command line that the terminal shows last. */
function below({ screen }: Tmux, columns: number): string[] {
  const lines = screen().replaceAll(/ +$/gm, '').trimEnd().split('\n');
  expect(lines.every((line) => line.length <= columns)).toBe(true);
  return lines.slice(lines.findLastIndex((line) => /^(\$ )?evald watch/.test(line)) + 1);
}

const shape = (lines: readonly string[]): string[] =>
  lines.map((line) => line.trimStart().slice(0, 1)).map((sign) => (sign === '░' ? '█' : sign));

/** Waits until a frame, and nothing else, stands there, without the cursor. */
async function shows(terminal: Tmux, frame: readonly string[], columns: number): Promise<void> {
  await eventually(() => shape(below(terminal, columns)).join('') === frame.join('') && !isCursorShown(terminal));
}

const isCursorShown = ({ tmux }: Tmux): boolean => tmux('display', '-p', '#{cursor_flag}').trim() === '1';

let looks = 0;

/** The settings of the terminal. It is at its prompt again when they are known. */
async function settings(terminal: Tmux): Promise<string | undefined> {
  looks += 1;
  terminal.type(`clear; stty -a | md5sum | sed 's/^/look ${looks}: /'`);
  const shown = new RegExp(`^look ${looks}: (\\w+).*\\n\\$$`, 'm');
  return eventually(() => shown.exec(terminal.screen().trimEnd())?.[1]);
}

describeWith(shellsAndTmux, 'evald watch in a terminal', () => {
  async function watching(name: string, { onTestFinished, task }: TestContext) {
    const terminal = await openTmux(name, { folder: await temporaryFolder(), server });
    onTestFinished(() => {
      if (task.result?.state === 'fail') console.error(terminal.screen());
      terminal.close();
    });
    await eventually(() => terminal.screen().startsWith('$'));
    const before = await settings(terminal);
    terminal.type('evald watch');
    await shows(terminal, TALL, 80);
    return { terminal, before };
  }
  const stop = async (terminal: Tmux) => {
    terminal.tmux('send-keys', 'C-z');
    await eventually(() => /Stopped[^\n]*\n\$$/.test(terminal.screen().trimEnd()));
  };
  const resize = ({ tmux }: Tmux, columns: number) => tmux('resize-window', '-x', String(columns), '-y', '24');

  test('evald watch that was stopped by Ctrl-Z and goes on by fg shows one frame, and leaves the terminal as it was', async (context) => {
    const { terminal, before } = await watching('evald-stopped', context);
    for (let time = 0; time < 2; time++) {
      await stop(terminal);
      expect(isCursorShown(terminal)).toBe(true);
      expect(await settings(terminal)).toBe(before);
      terminal.type('fg');
      await shows(terminal, TALL, 80);
    }
    terminal.tmux('send-keys', 'C-c');
    await eventually(() => /Stopped watching[^\n]*\n\$$/.test(terminal.screen().trimEnd()));
    expect(isCursorShown(terminal)).toBe(true);
    expect(await settings(terminal)).toBe(before);
  });

  test('evald watch shows one frame of the new width, and nothing else, whenever the window is another one', async (context) => {
    const { terminal } = await watching('evald-resized', context);
    for (const columns of [200, 80, 50, 200, 80]) {
      resize(terminal, columns);
      await shows(terminal, columns < 120 ? TALL : WIDE, columns);
    }
  });

  test('evald watch shows a frame of the new width after the window became another one while it was stopped', async (context) => {
    const { terminal } = await watching('evald-stopped-resized', context);
    for (const columns of [200, 80]) {
      await stop(terminal);
      resize(terminal, columns);
      terminal.type('clear; fg');
      await shows(terminal, columns < 120 ? TALL : WIDE, columns);
    }
  });
});
