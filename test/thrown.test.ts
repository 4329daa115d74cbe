import { expect, test } from 'vitest';
import { codeOf, lineOf, reasonOf } from '../src/thrown.ts';

const system = Object.assign(new Error('ENOENT: no such file\nmore'), { code: 'ENOENT' });

test.each([
  [system, 'ENOENT: no such file\nmore', 'ENOENT: no such file', 'ENOENT'],
  [new Error('plain'), 'plain', 'plain', undefined],
  ['a text\nthat was thrown', 'a text\nthat was thrown', 'a text', undefined],
  [{ code: 'ENOENT' }, '[object Object]', '[object Object]', undefined],
  [undefined, 'undefined', 'undefined', undefined],
])('whatever was thrown has a reason, a line, and a code if the system gave one: %j', (thrown, reason, line, code) => {
  expect([reasonOf(thrown), lineOf(thrown), codeOf(thrown)]).toEqual([reason, line, code]);
});
