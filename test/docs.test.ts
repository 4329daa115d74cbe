import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';
import { failureKindSchema } from '../src/schemas/job/outcome.ts';

const root = new URL('../', import.meta.url).pathname;
const pages = globSync(['*.md', 'docs/*.md', 'bench/*.md', 'python/*.md', 'examples/**/*.md'], { cwd: root }).sort();
const folders = ['src', 'test', 'tools', 'docs', 'scripts', 'diagrams', 'bench', 'deploy', 'examples'];
const files = globSync([...folders.map((folder) => `${folder}/**`), 'python/*.*', '*.*'], { cwd: root });
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');
/** As GitHub makes them. */
const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

test.each(pages)('every link of %s leads to a file that is there, and to a heading of it', (page) => {
  const links = [...textOf(page).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
  for (const [link, path = '', anchor] of links) {
    const target = path === '' ? page : normalize(join(dirname(page), path)).replace(/\/$/, '');
    expect(files, `${page}: ${link}`).toContain(target);
    if (anchor !== undefined) expect(anchorsOf(target), `${page}: ${link}`).toContain(anchor);
  }
});

test.each(pages)('every picture of %s is there, and says what it shows', (page) => {
  const pictures = [...textOf(page).matchAll(/<(?:img|source)\b[^>]*>/g)].map(([tag]) => tag);
  for (const picture of pictures) {
    const [, path = ''] = /(?:src|srcset)="([^"]+)"/.exec(picture) ?? [];
    expect(files, picture).toContain(normalize(join(dirname(page), path)));
    if (picture.startsWith('<img')) expect(picture).toMatch(/alt="[^"]{20,}"/);
  }
});

test.each(pages)('every source that %s names is there', (page) => {
  const named = [...textOf(page).matchAll(/`((?:[\w-]+\/)+[\w-]+\.(?:ts|mjs|css))`/g)].map(([, path = '']) => path);
  const missing = named.filter((path) => !files.some((file) => `/${file}`.endsWith(`/${path}`)));
  expect(missing).toEqual([]);
});

test('the pages for newcomers are as short as they promise', () => {
  expect(textOf('README.md').split('\n').length).toBeLessThanOrEqual(200);
  expect(textOf('ARCHITECTURE.md').split('\n').length).toBeLessThanOrEqual(250);
});

test('the page of the interface has every kind of failure', () => {
  const kinds = [
    ...(textOf('docs/api.md')
      .split('| `failure_kind` |')[1]
      ?.matchAll(/^\| `(\w+)` \|/gm) ?? []),
  ].map(([, kind]) => kind);
  expect(kinds).toEqual(failureKindSchema.options);
});
