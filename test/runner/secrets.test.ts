import { expect, test } from 'vitest';
import { parseExactly } from '../../src/runner/results/files/pythonJson.ts';
import { createRunSecrets, redactOutcome } from '../../src/runner/secrets.ts';
import type { Outcome } from '../../src/schemas/job/outcome.ts';
import { Secrets } from '../../src/schemas/secrets/secretRequest.ts';
import { Redactor } from '../../src/security/redaction/redactor.ts';
import { redactValue } from '../../src/security/redaction/redactValue.ts';

const redacted = (text: string, secrets: Record<string, string | number>, environment = {}): string => {
  const kept = new Secrets(secrets);
  return (
    createRunSecrets({ secretsOf: () => kept, environments: [environment] })
      .redactorOf('job')
      ?.text(text) ?? text
  );
};

test('a credential that is a number is redacted as one that is a text', () => {
  expect(redacted('password=1234567890,n=1', { '["password"]': 1234567890 })).toBe('password=**********,n=1');
  expect(redacted('pin_key=4711', { '["pin_key"]': 4711 })).toBe('pin_key=4711');
});

test('the credentials of the environment are redacted beside those of the request', () => {
  const environment = { OPENAI_API_KEY: 'from-the-server', HTTPS_PROXY: 'http://me:from-proxy@host' };
  expect(
    redacted('from-the-server from-the-client from-proxy', { '["api_key"]': 'from-the-client' }, environment),
  ).toBe('*************** *************** **********');
});

const key = 'sk-Planted-0123456789';
const starred = '*'.repeat(key.length);
const redactor = Redactor.of([key]) as Redactor;

test('an outcome shows no credential in the names of tasks and metrics, nor over the border of two lines', () => {
  const metric = { value: 1, stderr: null, higher_is_better: true, n: 1 };
  const metrics = { [`task ${key}`]: { [key]: metric }, kind: { [key]: metric } };
  const partial = { result: {}, metrics, warnings: [] };
  const tail = ['first', `ends with ${key.slice(0, 12)}`, '', `${key.slice(12)} begins`];
  const outcome: Outcome = { status: 'failed', kind: 'exited', code: 3, log: '/log', tail, partial };
  expect(redactOutcome(outcome, redactor)).toEqual({
    ...outcome,
    tail: ['first', `ends with ${'*'.repeat(12)}`, '', `${'*'.repeat(key.length - 12)} begins`],
    partial: { ...partial, metrics: { [`task ${starred}`]: { [starred]: metric }, kind: { [starred]: metric } } },
  });
});

test('of a value all texts and names are redacted, and numbers stay as they were written', () => {
  const exact = parseExactly(`{"n": 12345678901234567890, "${key}": ["${key}", {"a": "${key}"}], "status": "${key}"}`);
  expect(JSON.stringify(redactValue(exact, redactor))).toBe(
    `{"n":12345678901234567890,"${starred}":["${starred}",{"a":"${starred}"}],"status":"${starred}"}`,
  );
});

test('the secrets of the last thousand ended jobs are still redacted', () => {
  const runSecrets = createRunSecrets({ secretsOf: () => null });
  runSecrets.keep('first', redactor);
  expect(runSecrets.redactorOf('first')?.text(key)).toBe(starred);
  for (let index = 0; index < 1_000; index++) runSecrets.keep(`later ${index}`, redactor);
  expect(runSecrets.redactorOf('first')).toBeNull();
  expect(runSecrets.redactorOf('later 0')).not.toBeNull();
});

test('the secrets of a job are prepared once, and are gone with it', () => {
  let secrets: Secrets | null = new Secrets({ '["api_key"]': key });
  const { redactorOf } = createRunSecrets({ secretsOf: () => secrets });
  expect(redactorOf('job')).toBe(redactorOf('job'));
  secrets = null;
  expect(redactorOf('job')).toBeNull();
});
