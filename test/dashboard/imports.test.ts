import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const source = new URL('../../src/', import.meta.url).pathname;

/** What a file imports: names of packages, and files by their way from the sources. */
function imports(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  const found = text.matchAll(
    /^(?:import|export)\b[^;]*?from '([^']+)'|\bimport\(?\s*'([^']+)'|@import (?:url\()?"([^"]+)"/gm,
  );
  return [...found].map(([, from, loaded, style]) => {
    const name = from ?? loaded ?? style ?? '';
    return name.startsWith('.') ? relative(source, join(source, dirname(file), name)) : name;
  });
}

const files = globSync('**/*.{ts,tsx,css}', { cwd: source }).sort();
const isOfPage = (file: string) => file.startsWith('dashboard/');

/** The folders of the sources, files beside the sources, and packages that some files import. */
const leadsTo = (some: readonly string[]): string[] =>
  [
    ...new Set(some.flatMap(imports).map((from) => (/^(\.\.|@)/.test(from) ? from : (from.split('/')[0] ?? '')))),
  ].sort();

test('the page imports only the client, the schemas, the shared texts, the styles of drawings and what is bundled with it', () => {
  const page = files.filter((file) => isOfPage(file) && file !== 'dashboard/vite.config.ts');
  expect(page.length).toBeGreaterThan(100);
  expect(leadsTo(page)).toEqual([
    '../tools/diagrams/drawing.css',
    '@tanstack/virtual-core',
    '@xstate/store',
    'anser',
    'client',
    'dashboard',
    'preact',
    'schemas',
    'text',
    'uplot',
    'zod',
  ]);
});

test('the license of every package that is bundled with the page is beside it', () => {
  const written = readFileSync(new URL('../../dist/dashboard/LICENSES.md', import.meta.url), 'utf8');
  const bundled = [...written.matchAll(/^## (\S+) - \S+ \((\S+)\)\n\n(.+)/gm)];
  expect(bundled.map(([, name]) => name)).toEqual(
    expect.arrayContaining([
      '@tanstack/virtual-core',
      '@xstate/store',
      'anser',
      'eventsource-parser',
      'preact',
      'uplot',
      'zod',
    ]),
  );
  expect(bundled.length).toBe(written.match(/^## /gm)?.length);
});

test('the shared texts import only the schemas', () => {
  const texts = files.filter((file) => file.startsWith('text/'));
  expect(texts.length).toBeGreaterThan(2);
  expect(leadsTo(texts).filter((folder) => folder !== 'text')).toEqual(['schemas']);
});

test('no file of the server imports one of the page', () => {
  const others = files.filter((file) => !isOfPage(file));
  expect(others.filter((file) => imports(file).some(isOfPage))).toEqual([]);
});
