import { expect, test } from 'vitest';
import { readCredentials } from '../../../src/http/middleware/authenticate.ts';

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;

test.each<[string | undefined, string | null]>([
  ['Bearer abc', 'abc'],
  ['bearer   abc', 'abc'],
  ['BEARER abc ', 'abc'],
  [basic('alice:abc'), 'abc'],
  [basic(':abc'), 'abc'],
  [basic('alice:a:b:c'), 'a:b:c'],
  [basic('älice:ü'), 'ü'],
  [basic('alice:abc').replace('Basic', 'basic'), 'abc'],
  [undefined, null],
  ['', null],
  ['abc', null],
  ['Bearer', null],
  ['Bearer a b', null],
  ['Bearerabc', null],
  ['Digest abc', null],
  ['Basic', null],
  ['Basic !!!', null],
  [basic('abc'), null],
  [basic('abc:'), null],
])('an Authorization header %j carries the token %j', (header, token) => {
  expect(readCredentials(header)).toBe(token);
});
