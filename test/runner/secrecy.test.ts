import { expect, test } from 'vitest';
import { createSecrecy } from '../../src/runner/secrecy.ts';
import { Secrets } from '../../src/schemas/secretRequest.ts';

const blotted = (text: string, secrets: Record<string, string | number>, environment = {}): string => {
  const kept = new Secrets(secrets);
  return (
    createSecrecy(() => kept, environment)
      .blotOf('job')
      ?.text(text) ?? text
  );
};

test('a credential that is a number is blotted as one that is a text', () => {
  expect(blotted('password=1234567890,n=1', { '["password"]': 1234567890 })).toBe('password=**********,n=1');
  expect(blotted('pin_key=4711', { '["pin_key"]': 4711 })).toBe('pin_key=4711');
});

test('the credentials of the environment are blotted beside those of the request', () => {
  const environment = { OPENAI_API_KEY: 'from-the-server', HTTPS_PROXY: 'http://me:from-proxy@host' };
  expect(blotted('from-the-server from-the-client from-proxy', { '["api_key"]': 'from-the-client' }, environment)).toBe(
    '*************** *************** **********',
  );
});
