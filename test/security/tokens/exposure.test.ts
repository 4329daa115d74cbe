import { describe, expect, test } from 'vitest';
import { AccessError } from '../../../src/security/privateFile.ts';
import { checkExposure, isLoopback } from '../../../src/security/tokens/exposure.ts';

test.each(['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1'])('the address %s is loopback', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['0.0.0.0', '::', '10.0.0.1', '192.168.1.1', '128.0.0.1', '::2', 'fe80::1', '::ffff:10.0.0.1', '::ffff:0:0'])(
  'the address %s is not loopback',
  (address) => {
    expect(isLoopback(address)).toBe(false);
  },
);

describe('a server', () => {
  const at = (...addresses: string[]) => ({ host: 'h', addresses, hasTokens: false, isInsecure: false });

  test('a server on loopback needs no tokens', () => {
    expect(checkExposure(at('127.0.0.1', '::1'))).toBeNull();
  });

  test('a server with tokens may listen on any address', () => {
    expect(checkExposure({ ...at('0.0.0.0'), hasTokens: true })).toBeNull();
  });

  test('a server that others reach, be it by one address of several, is refused without tokens, with a line that says how to mend it', () => {
    const check = () => checkExposure(at('127.0.0.1', '10.0.0.1'));
    expect(check).toThrow(AccessError);
    for (const words of ['h (10.0.0.1)', '--tokens', 'EVALD_TOKEN', 'evald token create', '--insecure-no-auth']) {
      expect(check).toThrow(words);
    }
    expect(check).not.toThrow(/\n/);
  });

  test('a server that was configured without authentication is warned of, on any address', () => {
    expect(checkExposure({ ...at('10.0.0.1'), isInsecure: true })).toContain('every client that reaches 10.0.0.1');
    expect(checkExposure({ ...at('::1'), isInsecure: true })).toContain('no client needs a token');
  });

  test('a server that was configured without authentication and has tokens is refused', () => {
    expect(() => checkExposure({ ...at('::1'), isInsecure: true, hasTokens: true })).toThrow('contradicts');
  });
});
