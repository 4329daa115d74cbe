import { describe, expect, test } from 'vitest';
import { readRequest } from '../../src/schemas/errors/issues.ts';
import { type EvaluateRequest, evaluateRequestSchema } from '../../src/schemas/submission/evaluateRequest.ts';
import { noOptions } from '../../src/schemas/submission/jobOptions.ts';
import { submissionWarnings } from '../../src/schemas/submission/submission.ts';

const smallest = { model: 'hold', tasks: ['t1'] };

function accepted(fields: object): EvaluateRequest {
  const reading = readRequest(evaluateRequestSchema, { ...smallest, ...fields });
  if (!reading.ok) throw new Error(JSON.stringify(reading.detail));
  return reading.request;
}

function refused(fields: object) {
  const reading = readRequest(evaluateRequestSchema, { ...smallest, ...fields });
  if (reading.ok) throw new Error(`accepted as ${JSON.stringify(reading.request)}`);
  return reading.detail;
}

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < levels; level += 1) value = { a: value };
  return value;
}

describe('a request that could never run as asked', () => {
  test.each<[string, unknown]>([
    ['model', ''],
    ['model', '  '],
    ['model', 'a\0b'],
    ['model', 'a\ud800b'],
    ['tasks', []],
    ['tasks', ['']],
    ['tasks', ['  ']],
    ['tasks', ['a,b']],
    ['tasks', ['a\nb']],
    ['tasks', ['a\u007f']],
    ['tasks', ['a\0']],
    ['limit', 0],
    ['limit', '0'],
    ['limit', -2],
    ['limit', -0.5],
    ['limit', 'inf'],
    ['limit', 'nan'],
    ['limit', Number.POSITIVE_INFINITY],
    ['num_gpus', 0],
    ['num_gpus', false],
    ['num_gpus', -1],
    ['num_gpus', 1025],
    ['num_gpus', '9'.repeat(30)],
    ['num_fewshot', -1],
    ['batch_size', ''],
    ['batch_size', ' '],
    ['batch_size', 0],
    ['batch_size', -1],
    ['batch_size', '0'],
    ['batch_size', '-3'],
    ['batch_size', '0.5'],
    ['batch_size', 'nan'],
    ['batch_size', 'automatic'],
    ['batch_size', '8.5'],
    ['batch_size', '--config=x'],
    ['output_dir', '/a\nb'],
    ['output_dir', '/a\0b'],
    ['model_args', { '': 1 }],
    ['model_args', { 'a=b': 1 }],
    ['model_args', { 'a,b': 1 }],
    ['model_args', { 'a\0': 1 }],
    ['model_args', { a: 'x\0y' }],
    ['model_args', { a: { b: ['x\0y'] } }],
    ['model_args', { a: { 'b\0': 1 } }],
    ['model_args', { a: 2 ** 63 }],
    ['model_args', { a: [2 ** 63] }],
    ['model_args', nested(201)],
  ])('a request that could never run as asked is refused, and the message names the field: %s: %j', (field, value) => {
    const detail = refused({ [field]: value });
    expect(new Set(detail.map(({ loc }) => loc[1]))).toEqual(new Set([field]));
    expect(detail[0]?.msg).toContain(`\`${field}\``);
  });

  test.each([{ a: 'x,y' }, { a: [1, 2] }, { a: { b: 1, c: 2 } }, { a: "it's" }])(
    'a value that the installed harness may accept is left to it: model_args %j',
    (model_args) => {
      expect(accepted({ model_args })).toMatchObject({ model_args });
    },
  );

  test('every wrong field is reported, and no more than 100 of them', () => {
    expect(refused({ num_gpus: 0, limit: 0 }).map(({ loc }) => loc[1])).toEqual(['limit', 'num_gpus']);
    expect(refused({ tasks: Array.from({ length: 500 }, (_, index) => index) })).toHaveLength(100);
    expect(refused({ tasks: Array.from({ length: 5000 }, (_, index) => `t${index}`) })[0]?.msg).toContain(
      'at most 4000',
    );
  });

  test('a refusal repeats what was sent, but only when it is short', () => {
    expect(refused({ num_gpus: -3 })[0]?.input).toBe(-3);
    expect(String(refused({ batch_size: `0${' '.repeat(100_000)}` })[0]?.input).length).toBeLessThan(600);
    expect(refused({ num_gpus: { secret: 'x' } })[0]?.input).toBe('(an object)');
  });
});

describe('what the original accepts', () => {
  test.each<[string, unknown, unknown]>([
    ['limit', -1, -1],
    ['limit', '-1', -1],
    ['limit', '0.5', 0.5],
    ['limit', '8', 8],
    ['batch_size', 'auto', 'auto'],
    ['batch_size', 'auto:4', 'auto:4'],
    ['batch_size', '8', '8'],
    ['batch_size', 8.0, 8],
    ['num_gpus', 1024, 1024],
    ['num_fewshot', null, null],
    ['gen_kwargs', 'temperature=0,top_p=1', 'temperature=0,top_p=1'],
    ['output_dir', '', null],
    ['output_dir', '/data/ein Ordner', '/data/ein Ordner'],
    ['model_args', { a: { b: [1] } }, { a: { b: [1] } }],
    ['model_args', { a: null, b: 'x=y', ü: '"' }, { a: null, b: 'x=y', ü: '"' }],
    ['model_args', nested(200), nested(200)],
  ])('a value that the original accepts and can run is accepted: %s: %j', (field, value, stored) => {
    expect(accepted({ [field]: value })).toMatchObject({ [field]: stored });
  });

  test('a request that was read once is read again as itself', () => {
    const request = accepted({ model_args: { a: true }, limit: '0.5', num_gpus: '2', output_dir: '' });
    expect(readRequest(evaluateRequestSchema, request)).toEqual({ ok: true, request });
  });
});

describe('names that mean something to JavaScript', () => {
  test('constructor and similar names are kept as data', () => {
    const args = JSON.parse('{"constructor": {"prototype": 1}, "toString": "x", "hasOwnProperty": 1}');
    expect(accepted({ model_args: args }).model_args).toEqual(args);
  });

  test.each(['{"__proto__": {"polluted": 1}}', '{"a": {"__proto__": 1}}'])('the name in %s is refused', (text) => {
    expect(refused({ model_args: JSON.parse(text) })[0]?.msg).toBe(
      '`model_args` has the key `__proto__`, which is not allowed',
    );
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('a field that every object inherits is an unknown field', () => {
    const body = { ...smallest, toString: 1 };
    expect(submissionWarnings(body, { request: accepted(body), options: noOptions })).toEqual([
      'unknown field "toString" was ignored',
    ]);
  });
});

describe('warnings', () => {
  const warningsOf = (fields: object) =>
    submissionWarnings({ ...smallest, ...fields }, { request: accepted(fields), options: noOptions });

  test('warnings are absent for a plain request', () => {
    expect(warningsOf({ limit: 8, model_args: { a: 1 } })).toEqual([]);
  });

  test('warnings name what was ignored or changed', () => {
    expect(warningsOf({ foo: 1, model_args: { a: null, b: [1] }, limit: -1 })).toEqual([
      'unknown field "foo" was ignored',
      'model_args "a" is null and was left out',
      'model_args "b" is passed to the model as JSON',
      'limit -1 means all samples',
    ]);
  });

  test('warnings stay short, whatever was sent', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`${'x'.repeat(200)}${index}`, 1]));
    const warnings = warningsOf(many);
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)).toBe('4980 more unknown fields were ignored');
    expect(JSON.stringify(warnings).length).toBeLessThan(4000);
  });
});

test.each([
  ['gen_kwargs', (many: string[]) => ({ gen_kwargs: many.map((key, at) => `key${at}=${key}`).join(',') })],
  ['model_args', (many: string[]) => ({ model_args: Object.fromEntries(many.map((key, at) => [`key${at}`, key])) })],
] as const)('credentials in %s are bounded, for each is looked for in all that the run writes', (field, requestOf) => {
  const keys = (count: number) => Array.from({ length: count }, (_, at) => `Planted-${at}-0123456789`);
  const read = (count: number) =>
    evaluateRequestSchema.safeParse({ model: 'm', tasks: ['t'], ...requestOf(keys(count)) });
  expect(read(128).success).toBe(true);
  expect(read(129).error?.issues[0]?.message).toMatch(new RegExp(`^\`${field}\` should have at most 128 credentials`));
});
