import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AccessError } from '../../../src/security/privateFile.ts';
import { digestOf } from '../../../src/security/tokens/token.ts';
import { parseTokens, readTokensFile, tokenLine } from '../../../src/security/tokens/tokensFile.ts';

const digest = digestOf('a token');
const other = digestOf('another token');

describe('a file of tokens', () => {
  test('a file of tokens has a line each; comments, empty lines and more space mean nothing', () => {
    const text = `# who may call\n\nalice  submit\t${digest}\r\n  bot-1@ci.example admin ${other.toUpperCase()} # of CI\n#`;
    expect(parseTokens(text, '/f')).toEqual([
      { name: 'alice', role: 'submit', digest, expires: null, secrets: [] },
      { name: 'bot-1@ci.example', role: 'admin', digest: other, expires: null, secrets: null },
    ]);
  });

  test('a file of tokens may say until when a token is good, and what is written is read back', () => {
    const [entry] = parseTokens(`alice submit ${digest} expires=2027-02-27T01:00:00+01:00 # for the trial`, '/f');
    expect(entry).toEqual({ name: 'alice', role: 'submit', digest, expires: Date.UTC(2027, 1, 27), secrets: [] });
    if (entry === undefined) throw new Error('no entry');
    expect(parseTokens(tokenLine(entry), '/f')).toEqual([entry]);
  });

  test.each<[string, string[] | null]>([
    ['submit', []],
    ['admin', null],
    ['submit DIGEST secrets=openai,hf.co', ['openai', 'hf.co']],
    ['submit DIGEST secrets=*', null],
    ['admin DIGEST secrets=', []],
    ['submit DIGEST secrets=openai expires=2027-02-27T00:00:00Z', ['openai']],
    ['submit DIGEST expires=2027-02-27T00:00:00Z secrets=openai', ['openai']],
  ])(
    'the line %j of a file of tokens lets its holder name the secrets %j, and what is written is read back',
    (words, secrets) => {
      const line = `alice ${words.includes('DIGEST') ? words : `${words} DIGEST`}`.replace('DIGEST', digest);
      const [entry] = parseTokens(line, '/f');
      expect(entry?.secrets).toEqual(secrets);
      expect(entry && parseTokens(tokenLine(entry), '/f')).toEqual([entry]);
    },
  );

  test('a file of tokens may be empty', () => {
    expect(parseTokens('', '/f')).toEqual([]);
  });

  test.each<[string, string]>([
    [`alice submit`, 'line 2: a line should be "name role sha256-of-token", three words and not 2'],
    [`alice submit ${digest} more`, 'three words and not 4'],
    [`alice submit ${digest} expires=soon`, 'line 2: expires= should be a time, as 2027-02-27T00:00:00Z'],
    [`alice submit ${digest} secrets=a secrets=b`, 'more may say expires=TIME and secrets=NAME,NAME'],
    [`alice submit ${digest} secrets=a/b`, 'line 2: the name of a secret should be 1 to 64 letters'],
    [`alice submit ${digest} expires=`, 'line 2: expires= should be a time'],
    [`alice root ${digest}`, 'line 2: a role should be read, submit, admin'],
    [`alice submit ${digest.slice(1)}`, 'line 2: a SHA-256 should be 64 hexadecimal digits'],
    [`alice submit ${'g'.repeat(64)}`, '64 hexadecimal digits'],
    [`-alice submit ${digest}`, 'line 2: a name should be 1 to 64 letters'],
    [`${'a'.repeat(65)} submit ${digest}`, 'a name should be 1 to 64 letters'],
    [`al:ice submit ${digest}`, 'a name should be 1 to 64 letters'],
    [`operator read ${digest}`, 'the name operator is kept for the token of --token'],
    [`known read ${digest}`, 'line 2: the name known is in line 1 already'],
    [`alice read ${other}`, 'line 2: this token is in line 1 already'],
  ])('a file of tokens with the line %j is refused in one line that names the file and the line', (line, words) => {
    const parse = () => parseTokens(`known read ${other}\n${line}\n`, '/etc/tokens');
    expect(parse).toThrow(AccessError);
    expect(parse).toThrow('/etc/tokens, line 2: ');
    expect(parse).toThrow(words);
    expect(parse).not.toThrow(/\n/);
  });

  test('a file of tokens that has a token where its digest should be is refused without repeating it', () => {
    expect(() => parseTokens('alice read evald_supersecret', '/f')).not.toThrow('supersecret');
    expect(() => parseTokens('alice evald_supersecret read', '/f')).not.toThrow('supersecret');
  });
});

describe('reading a file of tokens', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'evald-tokens-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const written = (name: string, mode: number): string => {
    const file = join(folder, name);
    writeFileSync(file, `alice read ${digest}\n`);
    chmodSync(file, mode);
    return file;
  };

  test.each([0o600, 0o400])('a file of tokens of mode %o is read', (mode) => {
    expect(readTokensFile(written(`ok-${mode}`, mode))).toHaveLength(1);
  });

  test('a link to a file of tokens is read', () => {
    symlinkSync(written('target', 0o600), join(folder, 'link'));
    expect(readTokensFile(join(folder, 'link'))).toHaveLength(1);
  });

  test.each([0o644, 0o640, 0o604, 0o620, 0o602, 0o660])(
    'a file of tokens of mode %o is refused, with how to mend it',
    (mode) => {
      const file = written(`open-${mode}`, mode);
      expect(() => readTokensFile(file)).toThrow(AccessError);
      expect(() => readTokensFile(file)).toThrow(`run chmod 600 ${file}`);
    },
  );

  test.each([0o770, 0o707, 0o777])(
    'a file of tokens in a folder of mode %o, where others could replace it, is refused, also by a link',
    (mode) => {
      const open = join(folder, `folder-${mode}`);
      mkdirSync(join(open, 'below'), { recursive: true });
      const file = written(`folder-${mode}/below/tokens`, 0o600);
      symlinkSync(file, join(folder, `link-${mode}`));
      chmodSync(open, mode);
      for (const path of [file, join(folder, `link-${mode}`)]) {
        expect(() => readTokensFile(path)).toThrow(AccessError);
        expect(() => readTokensFile(path)).toThrow(`run chmod go-w ${open}`);
      }
      chmodSync(open, 0o1777);
      expect(readTokensFile(file)).toHaveLength(1);
    },
  );

  test.skipIf(process.getuid?.() !== 0)(
    'a file of tokens in a folder of another user is refused (needs npm test as root)',
    () => {
      mkdirSync(join(folder, 'theirs'));
      const file = written('theirs/tokens', 0o600);
      chownSync(join(folder, 'theirs'), 4_242, 0);
      expect(() => readTokensFile(file)).toThrow('theirs belongs to user 4242, who can replace');
    },
  );

  test.skipIf(process.getuid?.() !== 0)('a file of tokens of another user is refused (needs npm test as root)', () => {
    const file = written('of-another', 0o600);
    chownSync(file, 4_242, 0);
    expect(() => readTokensFile(file)).toThrow(`${file} belongs to user 4242; it should belong to`);
  });

  test('a missing file of tokens, a folder, and a pipe, for which it does not wait, are refused', () => {
    expect(() => readTokensFile(join(folder, 'none'))).toThrow(AccessError);
    expect(() => readTokensFile(folder)).toThrow(`${folder} is no file`);
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', ['-m', '600', pipe]);
    expect(() => readTokensFile(pipe)).toThrow(`${pipe} is no file`);
  });

  test('a file of tokens that is too large to be one is refused', () => {
    const file = join(folder, 'large');
    writeFileSync(file, '#'.repeat(4 * 1024 * 1024 + 1), { mode: 0o600 });
    expect(() => readTokensFile(file)).toThrow(`${file} should have at most`);
  });
});
