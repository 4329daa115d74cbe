import { expect, test } from 'vitest';
import { readInterface, typeText } from '../../src/dashboard/views/api/openapi.ts';
import { createTestApp } from '../http/fakes.ts';

test('the page reads the description of the interface, and lists every operation of it', async () => {
  const document: unknown = await (await createTestApp().app.request('/openapi.json')).json();
  const operations = Object.values(Object(document).paths as object).flatMap((path: object) => Object.keys(path));
  const { groups } = readInterface(document);
  expect(groups.flatMap((group) => group.operations)).toHaveLength(operations.length);
  expect(operations.length).toBeGreaterThan(30);
});

test('a list of a fixed length is written with what each place has', () => {
  const pair = { type: 'array', prefixItems: [{ type: 'number' }, { type: 'string' }], items: false } as const;
  expect(typeText({ anyOf: [{ ...pair, prefixItems: [...pair.prefixItems] }, { type: 'null' }] })).toBe(
    '[number, string] | null',
  );
});
