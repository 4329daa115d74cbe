import { expect, test } from 'vitest';
import { lineFormat } from '../../src/logging/lineFormat.ts';
import { createLog } from '../../src/logging/log.ts';

test('a control character is made visible in a line of the log, and all else is left as it is', () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log.warn('a\nb\x1b[31m\x07\x7f\x85 \u202egnp.exe\u2066 \u2028next\u2029 \u200f ü 模型 👍');
  expect(lines[0]?.slice('2026-11-29T00:00:00.000Z '.length)).toBe(
    'WARN  a\\nb\\x1b[31m\\x07\\x7f\\x85 \\u202egnp.exe\\u2066 \\u2028next\\u2029 \\u200f ü 模型 👍\n',
  );
});

test('a line of the log is cut, and says how much is left out', () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line));
  log.info('x'.repeat(1_000_000));
  log.info(`${'x'.repeat(3_999)}👍`);
  log.info('\x1b'.repeat(1_000_000));
  expect(lines[0]).toMatch(/ x{4000}… \(996000 more characters are left out\)\n$/);
  // No half of a character.
  expect(lines[1]).toMatch(/ x{3999}\ufffd… \(1 more characters are left out\)\n$/);
  expect(Buffer.byteLength(lines[2] ?? '')).toBeLessThan(17_000);
  expect(lines).toHaveLength(3);
});

test('a line of JSON has no character that a terminal obeys, and reads back as what was logged', async () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), { format: await lineFormat('json') });
  const message = 'a\nb\x1b[31m\x07\x7f\x85 \u202egnp.exe\u2066 \u2028next\u2029 \u200f ü 模型 👍 "\\';
  log.warn(message, { job_id: 'j\x1b', tasks: ['t\u202e', 't2'] });
  const [line = ''] = lines;
  expect(line).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069](?!$)/u);
  expect(line.endsWith('}\n')).toBe(true);
  expect(JSON.parse(line)).toEqual({
    level: 'warn',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    job_id: 'j\x1b',
    tasks: ['t\u202e', 't2'],
    msg: message,
  });
});

test('a line of JSON is cut in its message and in each of its fields, and stays JSON', async () => {
  const lines: string[] = [];
  const log = createLog((line) => lines.push(line), { format: await lineFormat('json') });
  const tasks = Array.from({ length: 1_000 }, () => '\x1b'.repeat(1_000));
  log.info('\x1b'.repeat(1_000_000), { model: `${'x'.repeat(499)}👍`, tasks });
  const [line = ''] = lines;
  expect(Buffer.byteLength(line)).toBeLessThan(200_000);
  const read: { msg: string; model: string; tasks: string[] } = JSON.parse(line);
  expect(read.msg).toMatch(/… \(996000 more characters are left out\)$/);
  // No half of a character.
  expect(read.model).toBe(`${'x'.repeat(499)}\ufffd…`);
  expect(read.tasks).toHaveLength(50);
  expect(read.tasks[0]).toHaveLength(501);
});

test.each(['text', 'json'] as const)('a log of %s has what is as grave as its level, and graver', async (name) => {
  const levels = ['debug', 'info', 'warn', 'error'] as const;
  const format = await lineFormat(name);
  for (const level of levels) {
    const lines: string[] = [];
    const log = createLog((line) => lines.push(line), { format, level });
    for (const each of levels) log[each](`it is ${each}`);
    expect(lines.map((line) => /it is (\w+)/.exec(line)?.[1])).toEqual(levels.slice(levels.indexOf(level)));
  }
});
