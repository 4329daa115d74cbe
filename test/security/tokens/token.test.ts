import * as crypto from 'node:crypto';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { createFindHolder, createToken, digestOf } from '../../../src/security/tokens/token.ts';

vi.mock('node:crypto', async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

describe('a token', () => {
  test('a token that is made is long, may be sent in a header as it is, and is never made twice', () => {
    const tokens = Array.from({ length: 100 }, createToken);
    for (const token of tokens) expect(token).toMatch(/^evald_[\w-]{43}$/);
    expect(new Set(tokens).size).toBe(100);
  });

  test('a token is kept as its SHA-256, as sha256sum computes it', () => {
    expect(digestOf('0123456789abcdef')).toBe('9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f');
  });
});

describe('the holder of a token', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const entries = names.map((name) => ({
    name,
    role: 'read' as const,
    digest: digestOf(`token of ${name}`),
    expires: null,
    secrets: ['openai'],
  }));
  const find = createFindHolder(entries);
  const compare = vi.mocked(crypto.timingSafeEqual);
  beforeEach(() => void compare.mockClear());

  test('the holder of each token is found, and none for any other text', () => {
    for (const name of names) expect(find(`token of ${name}`)).toEqual({ name, role: 'read', secrets: ['openai'] });
    for (const wrong of ['', 'token of', 'token of f', 'token of a ', digestOf('token of a')]) {
      expect(find(wrong)).toBeUndefined();
    }
    expect(createFindHolder([])('token of a')).toBeUndefined();
  });

  test('a token that has expired is named with its time, from that moment on, and all are compared nevertheless', () => {
    let now = 0;
    const entry = {
      name: 'bot',
      role: 'admin' as const,
      digest: digestOf('of the bot'),
      expires: 1_000,
      secrets: null,
    };
    const findNow = createFindHolder([...entries, entry], () => now);
    for (const [at, found] of [
      [999, { name: 'bot', role: 'admin', secrets: null }],
      [1_000, { expired: 1_000 }],
      [2_000, { expired: 1_000 }],
    ] as const) {
      now = at;
      compare.mockClear();
      expect(findNow('of the bot')).toEqual(found);
      expect(compare).toHaveBeenCalledTimes(entries.length + 1);
    }
  });

  test('a token is compared with all in constant time, whichever it is', () => {
    for (const token of ['token of a', 'token of e', 'nonsense']) {
      compare.mockClear();
      find(token);
      expect(compare).toHaveBeenCalledTimes(entries.length);
    }
  });
});
