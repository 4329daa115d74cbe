import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const source = new URL('../../src/', import.meta.url).pathname;
const imports = (file: string): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)].map(
    ([, from = '']) => (from.startsWith('.') ? relative(source, join(source, dirname(file), from)) : from),
  );
const files = globSync('client/**/*.ts', { cwd: source }).sort();

test('no file of the client imports anything but the client, the schemas, zod and the reader of events', () => {
  expect(files.length).toBeGreaterThan(5);
  const others = files.flatMap(imports).filter((from) => !from.startsWith('client/') && !from.startsWith('schemas/'));
  expect([...new Set(others)].sort()).toEqual(['eventsource-parser', 'zod']);
});

test('nothing that the client leads to is of Node', () => {
  const seen = new Set<string>();
  const follow = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    if (file.endsWith('.ts')) for (const from of imports(file)) follow(from);
  };
  for (const file of files) follow(file);
  expect([...seen].filter((name) => name.startsWith('node:'))).toEqual([]);
  const own = [...seen].filter((name) => name.endsWith('.ts'));
  expect(own.filter((name) => !/^(client|schemas)\//.test(name))).toEqual(['errors.ts']);
  // Globals of Node that a page does not have.
  const text = own.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
  expect(text).not.toMatch(/\b(Buffer|process|setImmediate|require)\b[.(]/);
});
