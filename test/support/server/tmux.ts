import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestServer } from './server.ts';

const main = new URL('../../../src/evald.ts', import.meta.url).pathname;

/** A terminal of a size with a shell in it that knows `evald`, as tmux makes it. */
export type Tmux = {
  /** A command of tmux. @returns what it says. */
  tmux(...args: string[]): string;
  /** What the terminal shows. @param more flags of capture-pane: -J joins lines that were wrapped, -e has colours. */
  screen(...more: string[]): string;
  /** Types a line, and the key that ends it. */
  type(line: string): void;
  close(): void;
};

/** @param folder an empty one, which is its user's home. @param name of the socket: no other test has it. */
export async function openTmux(
  name: string,
  { folder, server, columns = 80, rows = 24 }: { folder: string; server: TestServer; columns?: number; rows?: number },
): Promise<Tmux> {
  const program = join(folder, 'bin', 'evald');
  await mkdir(join(folder, 'bin'));
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
  await chmod(program, 0o755);
  await writeFile(join(folder, 'rc'), "PS1='$ '\n");
  const env = {
    ...process.env,
    PATH: `${folder}/bin:${process.env['PATH']}`,
    HOME: folder,
    EVALD_SERVER: server.url,
    EVALD_DATA_DIR: server.dataDir,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
  };
  const tmux = (...args: string[]) =>
    execFileSync('tmux', ['-L', `${name}-${process.pid}`, '-u', ...args], { encoding: 'utf8', env });
  const size = ['-x', String(columns), '-y', String(rows)];
  tmux('-f', '/dev/null', 'new-session', '-d', ...size, `bash --rcfile ${folder}/rc`);
  return {
    tmux,
    screen: (...more) => tmux('capture-pane', '-p', ...more),
    type: (line) => {
      tmux('send-keys', '-l', line);
      tmux('send-keys', 'Enter');
    },
    close: () => void tmux('kill-server'),
  };
}
