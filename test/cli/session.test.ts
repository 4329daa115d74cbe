import { readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith, shellsAndTmux } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { openTmux } from '../support/server/tmux.ts';
import { eventually } from '../support/waiting/eventually.ts';

const page = new URL('../../docs/cli.md', import.meta.url).pathname;
const BEGIN = '<!-- recorded by test/cli/session.test.ts, with TEST_RECORD=1 -->\n';
const END = '<!-- end of the recording -->';

type Step = {
  line: string;
  /** Is waited for on the screen, which is then recorded: a picture of what moves. */
  seen?: RegExp;
};

/** What is typed. */
const steps: Step[] = [
  { line: 'evald submit nearest-template demo_digits demo_shapes -a delay=0.02 -l run=r7' },
  { line: 'evald submit random demo_digits demo_shapes -a delay=0.02 -l run=r7' },
  { line: 'evald watch label:run=r7', seen: /✓[\s\S]*▸[\s\S]* [3-9]\d % / },
  { line: 'evald ls --columns id,status,model,score,ran' },
  { line: 'evald board' },
  { line: 'evald compare $(evald ls --model nearest-template -o name) @last -t demo_digits' },
  {
    line: 'evald gate $(evald ls --model nearest-template -o name) @last --max-drop 0.01 -t demo_digits; echo "exit code $?"',
  },
  { line: 'evald log @last --tail 4' },
  { line: 'evald wait @last --timeout 10s; echo "exit code $?"' },
  { line: 'evald events @last' },
  { line: 'evald doctor' },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describeWith(shellsAndTmux, 'a session', () => {
  test('a session in a terminal of 80 by 24 is as the page of the command line shows it', async () => {
    const folder = await temporaryFolder();
    const { tmux, screen, type, close } = await openTmux('evald-session', { folder, server });
    const recorded: string[] = [];
    const colored: string[] = [];
    const record = () => {
      // Lines that the terminal has wrapped are one line again.
      const shown = screen('-J').replaceAll(/ +$/gm, '').trimEnd();
      recorded.push(shown.replace(/\n\$$/, ''));
      colored.push(screen('-e'));
    };
    try {
      await eventually(() => screen().startsWith('$'));
      for (const { line, seen } of steps) {
        tmux('send-keys', 'clear', 'Enter');
        await eventually(() => screen().trim() === '$');
        type(line);
        if (seen !== undefined) {
          await eventually(() => seen.test(screen()));
          record();
        }
        await eventually(() => /\n\$$/.test(screen().trimEnd()));
        record();
      }
    } finally {
      close();
    }
    const text = blocks(recorded, server);
    const colors = process.env['TEST_RECORD_COLORS'];
    if (colors) await writeFile(colors, colored.join('\n'));
    const before = await readFile(page, 'utf8');
    if (process.env['TEST_RECORD'])
      await writeFile(page, before.replace(/(?<=<!-- recorded [^\n]*\n)[\s\S]*?(?=<!-- end)/, text));
    const [, shown = ''] = (await readFile(page, 'utf8')).split(BEGIN);
    expect(shape(shown.split(END)[0] ?? '')).toEqual(shape(text));
  });
});

/** What was recorded, as a page has it: without what is of this machine alone. */
const blocks = (recorded: readonly string[], { url, dataDir }: TestServer): string =>
  recorded
    .map((shown) => `\`\`\`console\n${shown}\n\`\`\`\n`)
    .join('\n')
    .replaceAll(url, 'http://localhost:8000')
    .replaceAll(dataDir, '/var/lib/evald');

/** Ids, numbers, and how far a bar is: other ones each time. */
const VARYING = /[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?|\d+|[\u2580-\u259f]+/g;

/** What is the same each time: the commands, and of each line its first text. */
const shape = (text: string): string[] =>
  text
    .split('\n')
    .map((line) =>
      line.startsWith('$')
        ? line
        : (/^\W*[a-z]+/i.exec(line.replaceAll(VARYING, '#'))?.[0] ?? line.replaceAll(VARYING, '#').slice(0, 1)),
    );
