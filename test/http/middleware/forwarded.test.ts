import { expect, test } from 'vitest';
import { clientAddress, trustedProxies } from '../../../src/http/middleware/forwarded.ts';

const isTrusted = trustedProxies([
  { address: '127.0.0.1', bits: 32 },
  { address: '10.0.0.0', bits: 24 },
  { address: 'fd00::', bits: 8 },
]);

test.each([
  ['one proxy: the address that it names', '127.0.0.1', '203.0.113.7', '203.0.113.7'],
  [
    'what a client has written before that is not believed',
    '127.0.0.1',
    '10.0.0.9, 198.51.100.1, 203.0.113.7',
    '203.0.113.7',
  ],
  ['a proxy behind another: the one before both', '::ffff:127.0.0.1', '203.0.113.7, 10.0.0.5', '203.0.113.7'],
  ['a proxy of IPv6', 'fd00::1', '2001:db8::7', '2001:db8::7'],
  ['from anywhere else nothing is read', '192.0.2.1', '203.0.113.7', '192.0.2.1'],
  ['what is no address ends the chain', '127.0.0.1', '203.0.113.7, unknown', '127.0.0.1'],
  ['an address with a port is none', '127.0.0.1', '203.0.113.7:80', '127.0.0.1'],
  ['an empty header says nothing', '127.0.0.1', '', '127.0.0.1'],
  ['nothing but proxies: the outermost of them', '127.0.0.1', '10.0.0.5', '10.0.0.5'],
  ['a chain of proxies has an end', '127.0.0.1', `203.0.113.7${', 10.0.0.5'.repeat(5_000)}`, '10.0.0.5'],
])('of a request that was passed on, %s', (_, socket, forwarded, expected) => {
  expect(clientAddress(socket, forwarded, isTrusted)).toBe(expected);
});

test('no proxy is believed that is not named, in whatever form its address comes', () => {
  expect(['127.0.0.1', '::ffff:127.0.0.1', '10.0.0.255', 'fdff::1'].map(isTrusted)).toEqual([true, true, true, true]);
  expect(['127.0.0.2', '::1', '10.0.1.0', 'fe80::1', 'unknown', ''].map(isTrusted)).toEqual(Array(6).fill(false));
});
