import { expect, test } from 'vitest';
import { credentialsOf } from '../../src/schemas/secrets/credentials.ts';

test.each([
  'HF_TOKEN',
  'HUGGING_FACE_HUB_TOKEN',
  'OPENAI_API_KEY',
  'AZURE_OPENAI_KEY',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_BEARER_TOKEN_BEDROCK',
  'OPENAI_API_KEY_2',
  'MY_APIKEY',
  'SOCCERNET_PWD',
  'Deepseek_API',
])('the value of %s must not be seen', (name) => {
  expect(credentialsOf(name, 'a-value')).toEqual(['a-value']);
});

// In the log of every run, what these have would be redacted wherever it stands.
test.each([
  ['UV_KEYRING_PROVIDER', 'subprocess'],
  ['TIKTOKEN_ENCODINGS_BASE', '/scratch/encodings'],
  ['TIKTOKEN_RS_CACHE_DIR', '/scratch/cache'],
  ['TOKENIZERS_PARALLELISM', 'false'],
  ['HF_TOKEN_PATH', '/home/me/.token'],
  ['AWS_ACCESS_KEY_ID', 'AKIAIOSFODNN7EXAMPLE'],
  ['XDG_CURRENT_DESKTOP', 'monkeys'],
  ['HTTPS_PROXY', 'http://proxy.example.org:8080'],
  ['PWD', '/home/me/evaluations'],
])('the variable %s has no credential', (name, value) => {
  expect(credentialsOf(name, value)).toEqual([]);
});

test.each([
  ['http://me:pass%40word@proxy:8080', 'pass%40word'],
  ['socks5h://:word@proxy', 'word'],
  ['http://me@proxy:8080/a:b@c', null],
])('the password of a proxy such as %s must not be seen', (url, password) => {
  expect(credentialsOf('https_proxy', url)).toEqual(password === null ? [] : [password]);
});
