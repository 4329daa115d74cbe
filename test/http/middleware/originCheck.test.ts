import { expect, test } from 'vitest';
import { judgeOrigin } from '../../../src/http/middleware/originCheck.ts';

const allowed = new Set(['https://dashboard.example.org']);
const judge = (origin: string, host: string, isSecure = false) => judgeOrigin(origin, { host, isSecure, allowed });

test.each([
  ['http://localhost:8000', 'localhost:8000'],
  ['http://localhost:9000', 'localhost:9000'],
  ['http://localhost', 'localhost'],
  ['http://localhost', 'localhost:80'],
  ['http://[::1]:8000', '[::1]:8000'],
  ['http://evald.example.org', 'EVALD.example.org'],
  // A proxy speaks TLS for us.
  ['https://evald.example.org', 'evald.example.org'],
  ['https://evald.example.org', 'evald.example.org:443'],
])('a page of %s is of this server when it asks %s', (origin, host) => {
  expect(judge(origin, host)).toBe('ours');
});

test.each([
  ['http://localhost:3000', 'localhost:8000'],
  ['http://localhost', 'localhost:8000'],
  ['https://localhost', 'localhost:80'],
  ['http://127.0.0.1:8000', 'localhost:8000'],
  ['http://evil.example', 'localhost:8000'],
  ['http://localhost:8000.evil.example', 'localhost:8000'],
  ['null', 'localhost:8000'],
  ['', 'localhost:8000'],
  ['file://', 'localhost:8000'],
  ['file://localhost:8000', 'localhost:8000'],
  ['chrome-extension://localhost:8000', 'localhost:8000'],
  ['http://localhost:8000/', 'localhost:8000'],
  ['http://user@localhost:8000', 'localhost:8000'],
  ['http://localhost:8000, http://evil.example', 'localhost:8000'],
])('a page of "%s" is not of this server when it asks %s', (origin, host) => {
  expect(judge(origin, host)).toBe('foreign');
});

test('a page that came without TLS is not of a server that speaks TLS', () => {
  expect(judge('https://evald.example.org:8000', 'evald.example.org:8000', true)).toBe('ours');
  expect(judge('http://evald.example.org:8000', 'evald.example.org:8000', true)).toBe('foreign');
});

test('an origin is allowed only as it was named', () => {
  expect(judge('https://dashboard.example.org', 'localhost')).toBe('allowed');
  for (const other of [
    'http://dashboard.example.org',
    'https://dashboard.example.org:8443',
    'https://a.dashboard.example.org',
    'https://dashboard.example.org.evil.example',
  ]) {
    expect(judge(other, 'localhost'), other).toBe('foreign');
  }
});
