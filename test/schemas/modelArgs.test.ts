import { expect, test } from 'vitest';
import { renderModelArg, renderModelArgs } from '../../src/schemas/submission/modelArgs.ts';

test.each([
  ['text stays as it is', 'a b="c"', 'a b="c"'],
  ['booleans are written as Python writes them', true, 'True'],
  ['booleans are written as Python writes them', false, 'False'],
  ['numbers are JSON', 0.5, '0.5'],
  ['objects and lists are JSON without spaces', { a: [true, null] }, '{"a":[true,null]}'],
])('an argument of a model is written for the command: %s', (_name, value, text) => {
  expect(renderModelArg(value)).toBe(text);
});

test('arguments are joined by commas, in their order, without those that are null', () => {
  expect(renderModelArgs({ pretrained: 'org/model', device_map: null, trust: true, n: 2 })).toBe(
    'pretrained=org/model,trust=True,n=2',
  );
  expect(renderModelArgs({})).toBe('');
});
