import { expect, test } from 'vitest';
import { errorCode, errorMessage, firstLine } from '../src/errors.ts';

const system = Object.assign(new Error('ENOENT: no such file\nmore'), { code: 'ENOENT' });

test.each([
  [system, 'ENOENT: no such file\nmore', 'ENOENT: no such file', 'ENOENT'],
  [new Error('plain'), 'plain', 'plain', undefined],
  ['a text\nthat was thrown', 'a text\nthat was thrown', 'a text', undefined],
  [{ code: 'ENOENT' }, '[object Object]', '[object Object]', undefined],
  [undefined, 'undefined', 'undefined', undefined],
])(
  'a thrown value of any kind has a reason, a line, and a code if the system gave one: %j',
  (thrown, reason, line, code) => {
    expect([errorMessage(thrown), firstLine(thrown), errorCode(thrown)]).toEqual([reason, line, code]);
  },
);
