import { expect, test } from 'vitest';
import { hashOf, hashSubmission } from '../../src/http/idempotency.ts';
import { readRequest } from '../../src/schemas/errors/issues.ts';
import { splitSubmission, submissionSchema } from '../../src/schemas/submission/submission.ts';

const read = (engine_args: unknown) =>
  readRequest(submissionSchema, { model: 'm', tasks: ['t'], ...(engine_args !== undefined && { engine_args }) });

function submission(engine_args?: unknown) {
  const reading = read(engine_args);
  if (!reading.ok) throw new Error(JSON.stringify(reading.detail));
  return splitSubmission(reading.request);
}

test.each([
  [undefined, []],
  [null, []],
  ['', []],
  [[], []],
  ['--partition=long  --qos "very high"', ['--partition=long', '--qos', 'very high']],
  [
    ['--comment', '$(id)'],
    ['--comment', '$(id)'],
  ],
])('engine_args %j are the arguments %j', (given, words) => {
  expect(submission(given).options.engine_args).toEqual(words);
});

test.each([[['']], [['a\nb']], ['--open "quote'], [Array.from({ length: 33 }, () => 'a')], [['x'.repeat(1_001)]]])(
  'engine_args %j are refused, and the message names the field and what is allowed',
  (given) => {
    const reading = read(given);
    const expected = {
      loc: expect.arrayContaining(['engine_args']),
      msg: expect.stringContaining('`engine_args` should be'),
    };
    expect(reading).toMatchObject({ ok: false, detail: [expected] });
  },
);

test.each([[7], [{}], [[1]], [['a\0']]])('engine_args %j are refused, and the field is named', (given) => {
  expect(read(given)).toMatchObject({ ok: false, detail: [{ loc: expect.arrayContaining(['engine_args']) }] });
});

test('a submission without engine_args, harness, split, cpus, memory, pool, retry and holds has the hash it had before there were any: a key sent again is the same', () => {
  const { request, options } = submission();
  const { engine_args, harness, split, cpus, memory, pool, retry, ...asked } = options;
  const { ready_file, ready_timeout, after, after_any, ...before } = asked;
  expect(hashSubmission({ request, options }, 'key')).toBe(hashOf({ request, options: before }));
  const other = { request, options: { ...options, harness: 'demo' } };
  expect(hashSubmission(other, 'key')).not.toBe(hashSubmission(submission(), 'key'));
  const retried = { retry: { max: 1, on: ['lost' as const] } };
  for (const more of [{ split: true }, { cpus: 2 }, { memory: '2G' }, { pool: 'big' }, retried]) {
    const named = { request, options: { ...options, ...more } };
    expect(hashSubmission(named, 'key')).not.toBe(hashSubmission(submission(), 'key'));
  }
  expect(hashSubmission(submission('--qos=x'), 'key')).not.toBe(hashSubmission(submission(), 'key'));
});

test('engine_args do not change that a request with credentials is hashed with the key', () => {
  const hash = (engine_args: string, key: string) => {
    const { request, options } = submission(engine_args);
    return hashSubmission({ request: { ...request, model_args: { api_key: 'planted' } }, options }, key);
  };
  const hashes = [hash('', 'key'), hash('--qos=x', 'key'), hash('', 'other'), hash('--qos=x', 'other')];
  expect(new Set(hashes).size).toBe(4);
  expect(hash('--qos=x', 'key')).toBe(hash('--qos=x', 'key'));
});
