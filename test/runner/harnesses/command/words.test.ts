import { expect, test } from 'vitest';
import { configOf, faultsOfRequest, fillWords, wordValues } from '../../../../src/runner/harnesses/command/words.ts';
import { parseWord } from '../../../../src/schemas/harness/commandTemplate.ts';
import type { EvaluateRequest } from '../../../../src/schemas/submission/evaluateRequest.ts';
import { request } from '../../../support/requests/request.ts';

const asked = (more: Partial<EvaluateRequest> = {}): EvaluateRequest =>
  request({ model: 'm', tasks: ['a', 'b'], ...more });
const filled = (words: string[], more: Partial<EvaluateRequest> = {}, config?: string) =>
  fillWords(words, wordValues(asked(more), { output: '/out', config, here: '/etc/evald' }));

test('a word gets the values of its placeholders, and doubled braces become single ones', () => {
  expect(filled(['{here}/run', '--out={output}', '{model}', '{tasks}', '{{"a": {num_gpus}}}'])).toEqual([
    '/etc/evald/run',
    '--out=/out',
    'm',
    'a,b',
    '{"a": 1}',
  ]);
});

test.each([
  ['with the option before it', ['--limit', '{limit}', '{model}'], ['m']],
  ['alone where it has its option in it', ['-v', '--limit={limit}', '{model}'], ['-v', 'm']],
  ['alone behind a word that is no option', ['run', '{limit}', '{model}'], ['run', 'm']],
  ['alone behind a word with a value', ['--model={model}', '{limit}'], ['--model=m']],
  ['each with its own option where several have no value', ['--limit', '{limit}', '--device', '{device}'], []],
])('a word without a value is left out %s', (_, words, expected) => {
  expect(filled(words, { limit: -1 })).toEqual(expected);
  expect(filled(words, { limit: null })).toEqual(expected);
});

test('a value that looks like a placeholder or has spaces stays one word as it was asked', () => {
  expect(filled(['{model}'], { model: '{output} $(id) "x y"' })).toEqual(['{output} $(id) "x y"']);
});

test('model_args are one JSON object without what is null, and no word where a credential is masked', () => {
  const words = ['--args', '{model_args}'];
  expect(filled(words, { model_args: { a: 'x,y', b: { c: [1] }, d: null } })).toEqual([
    '--args',
    '{"a":"x,y","b":{"c":[1]}}',
  ]);
  expect(filled(words, { model_args: { api_key: '***' } })).toEqual([]);
});

test('the file of a request has all that was asked, and nothing where all samples are', () => {
  const config = JSON.parse(configOf(asked({ limit: -1, model_args: { api_key: 'secret' }, num_fewshot: 2 })));
  expect(config).toMatchObject({
    model: 'm',
    tasks: ['a', 'b'],
    limit: null,
    num_fewshot: 2,
    model_args: { api_key: 'secret' },
  });
});

test.each([
  ['limit', { limit: 5 }],
  ['num_fewshot', { num_fewshot: 0 }],
  ['batch_size', { batch_size: 8 }],
  ['device', { device: 'cuda' }],
  ['gen_kwargs', { gen_kwargs: 'temperature=0' }],
  ['model_args', { model_args: { pretrained: '/ckpt' } }],
] as const)('%s that a command has no word for is refused, and not where it has one or a file', (field, more) => {
  const faultsWith = (words: string[]) =>
    faultsOfRequest(words, asked(more), 'command:mine').map(({ message }) => message);
  expect(faultsWith(['x', '{model}', '{output}'])).toEqual([
    `\`${field}\` was asked, and the command of command:mine has no {${field}} that says so`,
  ]);
  expect(faultsWith(['x', '{model}', `{${field}}`])).toEqual([]);
  expect(faultsWith(['x', '{config}'])).toEqual([]);
});

test('a credential is refused where it would stand on a command line, with the way out, and taken where there is a file', () => {
  const secret = asked({ model_args: { api_key: 'sk-12345678' } });
  const [fault] = faultsOfRequest(['x', '{model_args}'], secret, 'command:mine');
  expect(fault?.path).toEqual(['model_args']);
  expect(fault?.message).toMatch(
    /`model_args` has a credential \(model_args \(api_key\)\), .* no \{config\}.*Have the command take \{config\}/,
  );
  expect(JSON.stringify(fault)).not.toContain('sk-12345678');
  expect(faultsOfRequest(['x', '{model_args}', '{config}'], secret, 'command:mine')).toEqual([]);
});

test('a request to generate only is refused, and so is a NUL that no command line can have', () => {
  const faults = faultsOfRequest(
    ['x', '{model}', '{config}'],
    asked({ predict_only: true, model: 'a\0b' }),
    'command:mine',
  );
  expect(faults.map(({ path }) => path[0])).toEqual(['predict_only', 'model']);
});

test.each([
  ['{modle}', 'which is no placeholder here; there are {output}, {model}'],
  ['{}', 'has {}, which is no placeholder'],
  ['a{', 'has a { alone; {{ stands for one'],
  ['a}b', 'has a } alone; }} stands for one'],
  ['{ model }', 'which is no placeholder'],
])('the word %j is refused: %s', (word, message) => {
  expect(() => parseWord(word)).toThrow(message);
});
