import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeWith, terminals } from '../support/needs.ts';
import { fixture, temporaryFolder } from '../support/runs/localRun.ts';
import { processesOf } from '../support/runs/processes.ts';
import { GO_ON, openTerminal, quoted, STOP } from '../support/server/terminal.ts';
import { eventually } from '../support/waiting/eventually.ts';

const LINES = 20_000;
/** Where the log goes on. The last line is asked for after it: before, there may be no room for it either. */
const DROPPED = ' lines dropped: ';
const chatter = fixture('chatter.ts');

type Said = { msg: string; level: string; dropped?: number };

let said: string;
let go: string;
beforeEach(async () => {
  const folder = await temporaryFolder();
  said = join(folder, 'said');
  go = join(folder, 'go');
});

const hasSaidAll = () => eventually(() => stat(said).catch(() => null));

/** That every line is there in its order, or counted where it is missing, once. */
function expectEveryLine(text: string): void {
  const lines = text.split(/\r?\n/);
  let next = 0;
  let gaps = 0;
  for (const line of lines) {
    const [, number] = / INFO {2}line (\d+) \.{80}$/.exec(line) ?? [];
    const [, dropped] = / WARN {2}(\d+) lines dropped: /.exec(line) ?? [];
    if (number !== undefined) expect(Number(number)).toBe(next++);
    if (dropped !== undefined) {
      next += Number(dropped);
      gaps += 1;
    }
  }
  expect(next).toBe(LINES);
  expect(gaps).toBeGreaterThan(0);
  expect(lines.at(-2)).toMatch(/ INFO {2}the last line$/);
}

describe('a log that is not read', () => {
  /** What a program has logged into a pipe that was read only once lines were dropped. */
  const readLate = async (...format: string[]): Promise<string> => {
    const child = spawn(process.execPath, [chatter, said, go, ...format], { stdio: ['ignore', 'ignore', 'pipe'] });
    await hasSaidAll();
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    await eventually(() => text.includes(DROPPED));
    await writeFile(go, '');
    await once(child, 'close');
    expect(child.exitCode).toBe(0);
    return text;
  };

  test('a log into a pipe that is not read keeps nothing waiting: lines are dropped, and counted where they are missing', async () => {
    const text = await readLate();
    expectEveryLine(text);
  });

  test('a log of JSON into a pipe that is not read keeps nothing waiting either, and each of its lines is whole', async () => {
    const text = await readLate('json');
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line): Said => JSON.parse(line));
    let next = 0;
    for (const { msg, level, dropped } of lines) {
      if (dropped !== undefined) {
        expect({ msg, level }).toEqual({
          msg: `${dropped} lines dropped: they could not be written here`,
          level: 'warn',
        });
        next += dropped;
      } else if (msg.startsWith('line ')) expect(msg).toMatch(new RegExp(`^line ${next++} `));
    }
    expect(next).toBe(LINES);
    expect(lines.some(({ dropped }) => dropped !== undefined)).toBe(true);
    expect(lines.at(-1)).toMatchObject({ msg: 'the last line', level: 'info' });
  });

  test('a log whose reader has gone ends nothing', async () => {
    const child = spawn(process.execPath, [chatter, said, go], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.destroy();
    await hasSaidAll();
    await writeFile(go, '');
    await once(child, 'close');
    expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code: 0, signal: null });
  });

  test.each([
    ['a full disk', '/dev/full'],
    ['nothing', '/dev/null'],
  ])('a log that goes to %s ends nothing', async (_, file) => {
    await writeFile(go, '');
    const child = spawn(process.execPath, [chatter, said, go], { stdio: ['ignore', 'ignore', openSync(file, 'w')] });
    await once(child, 'close');
    expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code: 0, signal: null });
  });

  test('a log whose descriptor was closed ends nothing', async () => {
    await writeFile(go, '');
    const line = `exec ${quoted([process.execPath, chatter, said, go])} >&- 2>&-`;
    const child = spawn('/bin/sh', ['-c', line], { stdio: 'ignore' });
    await once(child, 'close');
    expect({ code: child.exitCode, signal: child.signalCode }).toEqual({ code: 0, signal: null });
  });
});

test('a log in a file has every line, however many come at once', async () => {
  const file = `${said}.log`;
  await writeFile(go, '');
  const child = spawn(process.execPath, [chatter, said, go], { stdio: ['ignore', 'ignore', openSync(file, 'w')] });
  await once(child, 'close');
  const lines = (await readFile(file, 'utf8')).split('\n');
  expect(lines).toHaveLength(LINES + 2);
});

describeWith(terminals, 'a log in a terminal', () => {
  test('a log in a terminal that is stopped keeps nothing waiting: lines are dropped, and counted when it goes on', async () => {
    const terminal = openTerminal(`sleep 0.2; ${quoted([process.execPath, chatter, said, go])}`);
    terminal.press(STOP);
    await hasSaidAll();
    expect(terminal.shown()).not.toContain('line ');
    terminal.press(GO_ON);
    await eventually(() => terminal.shown().includes(DROPPED));
    await writeFile(go, '');
    await once(terminal.process, 'close');
    expect(terminal.process.exitCode).toBe(0);
    expectEveryLine(terminal.shown());
  });

  test('a log in a terminal that vanishes ends nothing', async () => {
    const terminal = openTerminal(`exec ${quoted([process.execPath, chatter, said, go])}`);
    await eventually(() => terminal.shown().includes('line 0 '));
    await terminal.vanish();
    await hasSaidAll();
    await writeFile(go, '');
    await eventually(async () => (await processesOf(dirname(go))).length === 0);
  });
});
