import { expect, test } from 'vitest';
import { z } from 'zod';
import { readAnswer, UnreadableAnswer } from '../../src/client/answers.ts';
import { shownMetricsSchema } from '../../src/schemas/job/outcome.ts';
import { jsonValueSchema } from '../../src/schemas/values/json.ts';

const numbers = '"stderr":1e-400,"stderr_clt":9007199254740993,"stderr_clustered":null';
const metrics = `{"t":{"acc":{"value":1e400,"higher_is_better":null,"n":1,${numbers},"n_failed":0,"n_empty":0,"n_unscored":0,"filter":"none"}}}`;

test('a number that a double cannot hold stays as it was written, and is passed on so', () => {
  const read = readAnswer(shownMetricsSchema, metrics);
  expect(read['t']?.['acc']?.value).toEqual({ rawJSON: '1e400' });
  expect(JSON.stringify(read)).toBe(metrics);
  expect(JSON.stringify(readAnswer(jsonValueSchema, '[18446744073709551615,1.50,"1e400"]'))).toBe(
    '[18446744073709551615,1.5,"1e400"]',
  );
});

test('an answer of another shape is not taken, with such numbers or without, and the message says where it differs', () => {
  const schema = z.object({ value: z.object({ n: z.int() }) });
  for (const text of ['{"value":{"n":"x"}}', '{"value":{"n":"x"},"other":1e400}']) {
    expect(() => readAnswer(schema, text)).toThrow(/expected (int|number).* value\.n/);
  }
  for (const text of ['', '<html>', '{"value":']) expect(() => readAnswer(schema, text)).toThrow(UnreadableAnswer);
});
