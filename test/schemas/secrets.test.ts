import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { JsonValue } from '../../src/schemas/json.ts';
import { maskedNames, revealRequest, Secrets, splitSecrets } from '../../src/schemas/secretRequest.ts';
import { shownUrl } from '../../src/schemas/shownUrl.ts';
import { request } from '../support/request.ts';

const shown = (model_args: Record<string, JsonValue>) => splitSecrets(request({ model_args })).request.model_args;

test.each([
  'api_key',
  'API-KEY',
  'azureOpenAIKey',
  'hf_token',
  'token',
  'client_secret',
  'PASSWORD',
  'auth',
  'Authorization',
  'authToken',
  'tokenizer_api_key',
])('%s is the name of a credential', (name) => {
  expect(shown({ [name]: 'a value', pretrained: 'org/model' })).toEqual({ [name]: '***', pretrained: 'org/model' });
});

test.each([
  ['the name of a tokenizer', { tokenizer: 'org/name', tokenizer_path: '/a', load_detokenizer: 'x', tokeniser: 'y' }],
  ['a count of tokens', { max_new_tokens: 1024, eos_token_id: 2, token_merge_ratio: 0.4 }],
  ['a switch', { use_auth_token: true, api_key: false }],
  ['nothing', { api_key: null }],
  ['anything else', { model: 'x', base_url: 'http://a', max_pixels: 7 }],
])('%s is no credential', (_, args) => {
  expect(shown(args)).toEqual(args);
  expect(splitSecrets(request({ model_args: args })).secrets).toBeNull();
});

test('a number is one where its name is that of a key, a secret or a password', () => {
  expect(shown({ password: 123456, api_key: 7, token_count: 7 })).toEqual({
    password: '***',
    api_key: '***',
    token_count: 7,
  });
});

test('credentials are found at any depth, and what lies below their names is masked as a whole', () => {
  const args = {
    headers: { Authorization: 'Bearer x', Accept: 'json' },
    auth: { user: 'me', pass: { word: 'w', more: [1, 'two', null] } },
    list: [{ token: 't', max_tokens: 3 }],
  };
  expect(shown(args)).toEqual({
    headers: { Authorization: '***', Accept: 'json' },
    auth: { user: '***', pass: { word: '***', more: ['***', '***', null] } },
    list: [{ token: '***', max_tokens: 3 }],
  });
});

test('what was split is put together again, and the names of what is missing can be told', () => {
  const sent = request({ model_args: { api_key: 'k', auth: { 'a.b': [1, 'x'] }, n: 1 } });
  const { request: masked, secrets } = splitSecrets(sent);
  expect(revealRequest(masked, secrets)).toEqual(sent);
  expect(maskedNames(masked)).toEqual(['api_key', 'auth.a.b.0', 'auth.a.b.1']);
  expect(maskedNames(sent)).toEqual([]);
  expect(maskedNames(request({ model_args: { note: '***' } }))).toEqual([]);
});

test('a request without credentials stays the same object', () => {
  const sent = request({ model_args: { response: 'B' } });
  expect(splitSecrets(sent)).toEqual({ request: sent, secrets: null });
  expect(splitSecrets(sent).request).toBe(sent);
  expect(revealRequest(sent, null)).toBe(sent);
  expect(splitSecrets(request()).secrets).toBeNull();
});

test('secrets show themselves in no text that is made of them', () => {
  const secrets = new Secrets({ '["api_key"]': 'planted' });
  const event = { type: 'job.submit', secrets };
  for (const text of [JSON.stringify(event), inspect(event, { depth: 9, showHidden: true }), String(secrets)]) {
    expect(text).not.toContain('planted');
  }
  expect(structuredClone({ secrets })).toEqual({ secrets: {} });
});

test.each([
  ['https://h.example.org:8443/a/b?token=s3cret&x=1#frag', 'https://h.example.org:8443/a/b?token=***&x=***'],
  ['https://user:pass@example.org/', 'https://***@example.org/'],
  [
    'https://hooks.example.org/services/T01/B02/ExAmPlEoFaToKeN012345678',
    'https://hooks.example.org/services/T01/B02/***',
  ],
  ['http://127.0.0.1:9/hook', 'http://127.0.0.1:9/hook'],
  // As Telegram and others have it: not the whole of a part is drawn.
  [
    'https://api.example.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/send',
    'https://api.example.org/bot110201543:***/send',
  ],
  [
    'https://h.example.org/eyJhbGciOiJIUzI1NiJ9xx.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N',
    'https://h.example.org/***.***.***',
  ],
  ['https://h.example.org/a%20b/3f0c4b1e-52d7-4d0e-9d1b-6a0f7c2e9b55@x', 'https://h.example.org/a%20b/***@x'],
  ['https://h.example.org/a?s3cret', 'https://h.example.org/a?***'],
  ['https://h.example.org/a?x=1&s3cret&ExAmPlEoFaToKeN012345678=', 'https://h.example.org/a?x=***&***&***=***'],
  ['hooks.example.org/services/T01/ExAmPlEoFaToKeN012345678', 'hooks.example.org/services/T01/***'],
  ['hooks.example.org/a', 'hooks.example.org/a'],
  ['//user:pass@example.org', '***'],
])('%s is shown as %s', (url, as) => {
  expect(shownUrl(url)).toBe(as);
});
