import { execFileSync } from 'node:child_process';
import { attempt } from './attempt.ts';

// A terminal of 80 by 24 that shows what a program writes, and shells that run a line.
await attempt(async () => {
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', `evald-try-${process.pid}`, ...args], { encoding: 'utf8' });
  tmux('-f', '/dev/null', 'new-session', '-d', '-x', '80', '-y', '24', 'echo shown; sleep 60');
  try {
    const end = Date.now() + 10_000;
    while (!tmux('capture-pane', '-p').includes('shown')) if (Date.now() > end) throw new Error('tmux shows nothing');
  } finally {
    tmux('kill-server');
  }
  for (const shell of ['bash', 'zsh', 'fish']) {
    const said = execFileSync(shell, ['-c', 'echo $argv here'], { encoding: 'utf8' }).trim();
    if (said !== 'here') throw new Error(`${shell} says ${said}`);
  }
});
