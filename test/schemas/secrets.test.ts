import { inspect } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { credentialsIn, sensitivityOf } from '../../src/schemas/secrets/credentials.ts';
import {
  maskedFields,
  maskedNames,
  revealRequest,
  Secrets,
  splitSecrets,
} from '../../src/schemas/secrets/secretRequest.ts';
import { secretTexts } from '../../src/schemas/secrets/secrets.ts';
import { shownUrl } from '../../src/schemas/secrets/shownUrl.ts';
import { evaluateRequestSchema } from '../../src/schemas/submission/evaluateRequest.ts';
import type { JsonValue } from '../../src/schemas/values/json.ts';
import { request } from '../support/requests/request.ts';

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
  ...['passwd', 'db_passwd', 'pwd', 'dbpwd', 'pw', 'passphrase', 'ssh-passphrase', 'pass', 'credential', 'credentials'],
  ...[
    'aws.creds',
    'bearer',
    'cookie',
    'Set-Cookie',
    'x-authorization',
    'X-Auth',
    'oauth2',
    'basic_auth',
    'jwt',
    'apikey',
  ],
  ...['APIKEY2', 'accountKey', 'private_keys', 'signature', 'sas', 'access_token', 'refreshToken', 'HF_TOKEN_2', 'otp'],
])('the name %s is that of a credential', (name) => {
  expect(shown({ [name]: 'a value', pretrained: 'org/model' })).toEqual({ [name]: '***', pretrained: 'org/model' });
});

test.each([
  ['the name of a tokenizer', { tokenizer: 'org/name', tokenizer_path: '/a', load_detokenizer: 'x', tokeniser: 'y' }],
  ['a count of tokens', { max_new_tokens: 1024, eos_token_id: 2, token_merge_ratio: 0.4 }],
  ['a switch', { use_auth_token: true, api_key: false }],
  ['nothing', { api_key: null }],
  ['what is about one', { api_key_env: 'MY_VARIABLE', token_path: '/a', author: 'me', keyframes: 'all', keyword: 'x' }],
  ['anything else', { model: 'x', base_url: 'http://a', max_pixels: 7 }],
])('an argument is no credential: %s', (_, args) => {
  expect(shown(args)).toEqual(args);
  expect(splitSecrets(request({ model_args: args })).secrets).toBeNull();
});

const wordOfCredential = fc.constantFrom(
  ...[
    'secret',
    'passwords',
    'passwd',
    'passphrase',
    'passcode',
    'pwd',
    'pw',
    'creds',
    'credential',
    'bearer',
    'cookies',
  ],
  ...['jwt', 'key', '\u212aey', 'apikey', 'auth', 'xauth', 'oauth2', 'authn', 'authorization', 'basicauth', 'token'],
  ...['pass', 'sig', 'signature', 'sas', 'otp', 'totp', 'pat', 'askpass'],
);
const otherWord = fc.constantFrom('max', 'pixels', 'model', 'v2', 'Qwen', 'x');

test('a word for a credential is seen in a name, however it is written and whatever stands around it', () => {
  const cased = fc.tuple(wordOfCredential, fc.constantFrom('asIs', 'upper', 'first')).map(([word, how]) => {
    if (how === 'first') return word.charAt(0).toUpperCase() + word.slice(1);
    return how === 'upper' ? word.toUpperCase() : word;
  });
  fc.assert(
    fc.property(otherWord, fc.constantFrom('_', '-', '.', ' '), cased, otherWord, (before, by, word, behind) => {
      expect(sensitivityOf([before, word, behind].join(by))).not.toBeNull();
    }),
  );
});

test.each([
  'https://user:password@host/a',
  'Bearer abcdefgh12345678',
  'basic\tYWxhZGRpbjpvcGVu',
  '-----BEGIN PRIVATE KEY-----MIIEvQIBADANBg',
  'api_key=abc',
  '--api-key\tabc',
  'X-Api-Key:abc',
  '{"api_key":"abc"}',
  "{'api_key':'abc'}",
  "-H'x-api-key: abc'",
])('a credential is found in a text that has hardly anything beside it: %s', (text) => {
  expect(credentialsIn(text)).toHaveLength(1);
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

const body = '\nMIIplanted+/=\nplanted\n';
const pem = `-----BEGIN RSA PRIVATE KEY-----${body}-----END RSA PRIVATE KEY-----`;

test.each<[string, JsonValue, JsonValue, string]>([
  ['the password of a URL', 'https://me:plant-ed@host/v1', 'https://***@host/v1', 'plant-ed'],
  ['the token of a URL', 'git+https://ghp_plantedplanted1@host/x', 'git+https://***@host/x', 'ghp_plantedplanted1'],
  ['a header', 'Authorization: Bearer planted-token', 'Authorization: Bearer ***', 'planted-token'],
  ['a header of a list', ['X-Api-Key: planted-key'], ['X-Api-Key: ***'], 'planted-key'],
  ['arguments', 'model=x,api_key=planted-key,n=1', 'model=x,api_key=***,n=1', 'planted-key'],
  ['a query', 'http://h/a?sig=planted-sig&x=1', 'http://h/a?sig=***&x=1', 'planted-sig'],
  ['a value in quotes', `x password='a planted' y`, `x password='***' y`, 'a planted'],
  ['a quote in a value', 'x password="a\\"planted" y', 'x password="***" y', 'a\\"planted'],
  ['a value that is cut in its quotes', 'x password="a planted', 'x password="***', 'a planted'],
  ['a list', 'x tokens=[planted-1,planted-2] y', 'x tokens=*** y', '[planted-1,planted-2]'],
  ['one header of several', 'X-A: 1\nX-Api-Key: planted-key\nX-B: 2', 'X-A: 1\nX-Api-Key: ***\nX-B: 2', 'planted-key'],
  ['a line of YAML', 'a: 1\napi_key: planted words ', 'a: 1\napi_key: *** ', 'planted words'],
  ['a scheme of a header', 'Authorization: Token planted-key', 'Authorization: Token ***', 'planted-key'],
  ['a command', 'run --api-key planted-key --n 1', 'run --api-key *** --n 1', 'planted-key'],
  ['a command with quotes', "run --api-key 'planted key' --n 1", "run --api-key '***' --n 1", 'planted key'],
  ['a list with more behind it', 'x pass=[a,b]planted y', 'x pass=*** y', '[a,b]planted'],
  ['a header in quotes', "curl -H 'X-Auth: Token planted-key' x", "curl -H 'X-Auth: Token ***' x", 'planted-key'],
  ['a private key', `a ${pem} b`, `a ${pem.replace(body, '***')} b`, body],
  [
    'a private key that is cut',
    `private_key=${pem.slice(0, 50)}`,
    `private_key=${pem.slice(0, 31)}***`,
    pem.slice(31, 50),
  ],
  ['JSON that is cut', '{"api_key":"planted-key', '{"api_key":"***', 'planted-key'],
  ['a pair', ['Authorization', 'planted-key'], ['Authorization', '***'], 'planted-key'],
  ['pairs in JSON', '[["X-Api-Key","planted-key"]]', '[["X-Api-Key","***"]]', 'planted-key'],
  [
    'a name and its value',
    [{ key: 'X-Api-Key', value: 'planted-key' }],
    [{ key: 'X-Api-Key', value: '***' }],
    'planted-key',
  ],
  ['the same in JSON', '{"name":"token","value":"planted"}', '{"name":"token","value":"***"}', 'planted'],
  ['JSON', '{"headers": {"Authorization": "planted-x"}}', '{"headers":{"Authorization":"***"}}', 'planted-x'],
  ['JSON in JSON', JSON.stringify({ a: '{"pwd": "planted-x"}' }), JSON.stringify({ a: '{"pwd":"***"}' }), 'planted-x'],
])('a text with %s has its credential alone masked, and put back for the run', (_, value, masked, secret) => {
  const sent = request({ model_args: { value } });
  const { request: split, secrets } = splitSecrets(sent);
  expect(split.model_args).toEqual({ value: masked });
  expect(revealRequest(split, secrets)).toEqual(sent);
  expect(secretTexts(secrets?.reveal() ?? {})).toContain(secret);
  expect(maskedFields(split)).toHaveLength(1);
});

test.each([
  'You are terse: answer with one word.',
  'Note: see https://example.org/a?b=c#d, or mail me@example.org',
  'max_new_tokens=1024,temperature=0,use_auth_token=true',
  '{"image": 4}',
  'x stop_token_ids=[1,2] suppress_tokens=[1,2,3] max_tokens="2048" eos_token=<|im_end|> stop_token=</s> --max-tokens 8k',
  '{"eos_token":"<|im_end|>","max_tokens":"2048"}',
  'Tokens: each of them counts.\nKey: the answer is in the table.',
  '--wckey=vision --key-file /a --author me',
  'http://me@proxy:8080/',
  '***',
])('the text %j has nothing to hide', (value) => {
  expect(shown({ value })).toEqual({ value });
  expect(maskedFields(request({ model_args: { value } }))).toEqual([]);
});

test('a request that was split is put together again, and the names of what is missing can be listed', () => {
  const sent = request({ model_args: { api_key: 'k', auth: { 'a.b': [1, 'x'] }, n: 1 } });
  const { request: masked, secrets } = splitSecrets(sent);
  expect(revealRequest(masked, secrets)).toEqual(sent);
  expect(maskedNames(masked)).toBe('model_args (api_key, auth.a.b.0, auth.a.b.1)');
  expect(maskedNames(sent)).toBeNull();
  expect(maskedNames(request({ model_args: { note: '***' } }))).toBeNull();
});

test('a request without credentials stays the same object', () => {
  const sent = request({ model_args: { response: 'B' } });
  expect(splitSecrets(sent)).toEqual({ request: sent, secrets: null });
  expect(splitSecrets(sent).request).toBe(sent);
  expect(revealRequest(sent, null)).toBe(sent);
  expect(splitSecrets(request()).secrets).toBeNull();
});

test('secrets are shown by no text that is made of them', () => {
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
])('the URL %s is shown as %s', (url, as) => {
  expect(shownUrl(url)).toBe(as);
});

test.each([
  ['temperature=0,api_key=sk-one two,top_p=1', 'temperature=0,api_key=***,top_p=1', 'sk-one two'],
  ['api_key=sk-1', 'api_key=***', 'sk-1'],
  ['api_key="sk,with,commas",top_p=1', 'api_key=***,top_p=1', 'sk,with,commas'],
  ['a=[1,2],extra={"api_key": "sk-1", "n": 1}', 'a=[1,2],extra={"api_key":"***","n":1}', 'sk-1'],
  ["extra={'api_key': 'sk-1'},top_p=1", "extra={'api_key': '***'},top_p=1", 'sk-1'],
  ['{"temperature": 0, "auth": {"user": "sk-1"}}', '{"temperature":0,"auth":{"user":"***"}}', 'sk-1'],
  ['base_url=https://me:sk-1@host/v1,until=["a"]', 'base_url=https://***@host/v1,until=["a"]', 'sk-1'],
  ['headers=Authorization: Bearer sk-12345678', 'headers=Authorization: Bearer ***', 'sk-12345678'],
  ['open=[,api_key=sk-1,x=1', 'open=[,api_key=***,x=1', 'sk-1'],
])('credentials in gen_kwargs are masked, kept apart and given back: %s', (gen_kwargs, shown, secret) => {
  const sent = request({ gen_kwargs });
  const { request: masked, secrets } = splitSecrets(sent);
  expect(masked.gen_kwargs).toBe(shown);
  expect(secrets?.texts()).toContain(secret);
  expect(revealRequest(masked, secrets)).toEqual(sent);
  expect(maskedNames(masked)).toBe('gen_kwargs');
  expect(maskedFields(sent)).toEqual([]);
  expect(JSON.stringify({ masked, secrets })).not.toContain(secret);
});

test.each([
  'temperature=0,top_p=1,max_new_tokens=1024',
  'use_auth_token=true,until=["a","b"]',
  'max_completion_tokens=16,do_sample=False,x=',
  'stop_token_ids=[151645,151643],suppress_tokens=[1, 2,3],bad_tokens=(1,-2)',
  'max_new_tokens=1e3,min_tokens=-1,budget_tokens=8k,max_tokens="2048",train_tokens=300B,all_tokens=10_000',
  'eos_token=<|im_end|>,stop_token=</s>,pad_token=<extra_id_0>,stop_tokens=["<|im_end|>","</s>"]',
  '{"temperature": 0, "max_tokens": 5}',
  '***',
  '',
])('what is no credential in gen_kwargs is shown as it was sent: %s', (gen_kwargs) => {
  const sent = request({ gen_kwargs });
  expect(splitSecrets(sent)).toEqual({ request: sent, secrets: null });
  expect(maskedNames(sent)).toBeNull();
});

test('the arguments of generation and those of the model of the same name are not taken for one another', () => {
  const sent = request({ model_args: { gen_kwargs: 'api_key=sk-model', api_key: 'k' }, gen_kwargs: 'api_key=sk-gen' });
  const { request: masked, secrets } = splitSecrets(sent);
  expect(JSON.stringify(masked)).not.toMatch(/sk-/);
  expect(revealRequest(masked, new Secrets(JSON.parse(JSON.stringify(secrets?.reveal()))))).toEqual(sent);
  expect(maskedNames(masked)).toBe('model_args (gen_kwargs, api_key), gen_kwargs');
});

test('credentials are given back at once, however many other values there are and however deep they lie', () => {
  const deep = (leaf: unknown): unknown => Array.from({ length: 190 }).reduce((inner) => ({ a: inner }), leaf);
  const many = Object.fromEntries(Array.from({ length: 9_000 }, (_, at) => [`n${at}`, 'x']));
  const sent = request({
    model_args: { api_key: 'Planted-0123456789', list: [1, { password: 'p'.repeat(9) }], deep: deep(many) as never },
  });
  const { request: masked, secrets } = splitSecrets(sent);
  expect(JSON.stringify(masked)).not.toContain('Planted');
  expect(revealRequest(masked, secrets)).toEqual(sent);
});

test('a credential that lies under long names is refused, for it is kept with them', () => {
  const args = (length: number) => ({
    ['k'.repeat(450)]: Array.from({ length }).reduce((inner) => ({ ['n'.repeat(450)]: inner }), {
      api_key: 'x'.repeat(9),
    }),
  });
  const read = (length: number) =>
    evaluateRequestSchema.safeParse({ model: 'm', tasks: ['t'], model_args: args(length) });
  expect(read(7).success).toBe(true);
  expect(read(9).error?.issues[0]?.message).toContain('4096 characters of names over a credential');
});

test.each([
  'a=',
  'api_key=',
  'key="',
  'key=\'"',
  'key=[',
  '--key ',
  'key="\\',
  'a: b\nkey: c\n',
  '"key: a',
  '-----BEGIN PRIVATE KEY-----',
  "{'key': '",
  '"a":"',
  'x,[',
  '://a@',
])('the time to mask a text grows with its length alone: %s, over and over', (piece) => {
  const cost = (gen_kwargs: string): number => {
    const start = process.cpuUsage();
    for (let round = 0; round < 3; round++) splitSecrets(request({ gen_kwargs }));
    const { user, system } = process.cpuUsage(start);
    return user + system;
  };
  const text = piece.repeat(20_000);
  cost(text);
  // A square of the length would take sixteen times as long; so short a time is measured by the clock of a millisecond.
  expect(cost(text.repeat(4))).toBeLessThan(10 * Math.max(cost(text), 5_000));
});
