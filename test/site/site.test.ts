import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseHTML } from 'linkedom';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anchorOf, pageOf } from '../../tools/site/pages.ts';
import { removeFolder } from '../support/files/removeFolder.ts';

const root = new URL('../../', import.meta.url).pathname;
const sources = globSync(['*.md', 'docs/*.md', '{bench,python,deploy,examples}/*.md'], { cwd: root });

type Parsed = ReturnType<typeof parseHTML>['document'];

let folder: string;
/** Every page, by its path in the site. */
let pages: Map<string, Parsed>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'evald-site-'));
  execFileSync(process.execPath, [join(root, 'tools/site/build.ts'), folder]);
  const names = globSync('**/*.html', { cwd: folder });
  pages = new Map(names.map((name) => [name, parseHTML(readFileSync(join(folder, name), 'utf8')).document]));
});
afterAll(() => removeFolder(folder));

const hrefsOf = (document: Parsed, selector: string, name: string): string[] =>
  [...document.querySelectorAll(selector)].map((element) => element.getAttribute(name) ?? '');

test('each Markdown file is a page of the site, and every page leads to each of them', () => {
  expect(sources.length).toBeGreaterThan(20);
  for (const source of sources) expect(pages.has(pageOf(source)), source).toBe(true);
  for (const [name, document] of pages) {
    const led = hrefsOf(document, 'nav a', 'href').map((href) => join(dirname(name), href.split('#')[0] ?? ''));
    expect(
      sources.map(pageOf).filter((file) => !led.includes(file)),
      name,
    ).toEqual([]);
  }
});

test('every link and picture of the site is relative, and leads to a file that is in it and to a heading of that', () => {
  let links = 0;
  for (const [name, document] of pages) {
    const all = [
      ...hrefsOf(document, 'a, link', 'href'),
      ...hrefsOf(document, 'img', 'src'),
      ...hrefsOf(document, 'source', 'srcset'),
    ];
    for (const href of all.filter((target) => !target.startsWith('https://'))) {
      links += 1;
      const [path = '', anchor = ''] = href.split('#');
      expect(href, name).not.toMatch(/^(?:\/|\w+:)/);
      const file = path === '' ? name : join(dirname(name), path);
      expect(existsSync(join(folder, file)) && /\.\w+$/.test(file), `${name}: ${href}`).toBe(true);
      if (anchor === '') continue;
      expect(pages.get(file)?.getElementById(decodeURIComponent(anchor)), `${name}: ${href}`).not.toBeNull();
    }
  }
  expect(links).toBeGreaterThan(1_000);
});

test('the site has every chart as a picture, that of the README among them, and says what each picture shows', () => {
  const charts = globSync('diagrams/*.svg', { cwd: root });
  expect(charts.length).toBeGreaterThan(5);
  for (const chart of charts) {
    expect(readFileSync(join(folder, chart), 'utf8')).toBe(readFileSync(join(root, chart), 'utf8'));
    expect(hrefsOf(pages.get('diagrams/index.html') as Parsed, 'img', 'src')).toContain(chart.split('/').at(-1));
  }
  expect(hrefsOf(pages.get('index.html') as Parsed, 'img', 'src')).toContain('diagrams/job.svg');
  for (const [name, document] of pages) {
    for (const text of hrefsOf(document, 'img', 'alt')) expect(text.length, name).toBeGreaterThan(10);
  }
});

test('the site has no script, and each page one main heading and a title of its own', () => {
  const titles = [...pages.values()].map((document) => document.title);
  expect(new Set(titles).size).toBe(titles.length);
  for (const [name, document] of pages) {
    expect(document.querySelectorAll('script, iframe, [onclick]').length, name).toBe(0);
    expect(document.querySelectorAll('h1').length, name).toBe(1);
    expect(document.querySelectorAll('nav [aria-current]').length, name).toBeLessThanOrEqual(1);
  }
});

test('anchors are those that GitHub makes', () => {
  const taken = new Set<string>();
  expect(anchorOf('What `--gpus` does, and why: Ünïcode_too', taken)).toBe('what---gpus-does-and-why-ünïcode_too');
  expect(anchorOf('Twice', taken)).toBe('twice');
  expect(anchorOf('Twice', taken)).toBe('twice-1');
  expect(anchorOf('Twice!', taken)).toBe('twice-2');
});

describe('a checkout with other files', () => {
  let checkout: string;
  const build = () =>
    spawnSync(process.execPath, [join(checkout, 'tools/site/build.ts'), join(checkout, 'site')], { encoding: 'utf8' });
  beforeAll(async () => {
    checkout = await mkdtemp(join(tmpdir(), 'evald-site-'));
    for (const part of [
      'tools/site',
      'diagrams',
      'package.json',
      'src/dashboard/styles/tokens.css',
      'src/dashboard/icon.svg',
    ]) {
      await mkdir(dirname(join(checkout, part)), { recursive: true });
      await cp(join(root, part), join(checkout, part), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'));
    await mkdir(join(checkout, 'docs'));
    await mkdir(join(checkout, 'deploy'));
    await writeFile(join(checkout, 'deploy/evald.service'), '[Unit]\nDescription=<a & b>\n');
  });
  afterAll(() => removeFolder(checkout));

  test('a site has the files and folders that pages lead to, as pages with their text', async () => {
    await writeFile(
      join(checkout, 'README.md'),
      '# One\n\n[a](deploy) [b](deploy/evald.service) [c](docs/x.md#two-words)\n',
    );
    await writeFile(join(checkout, 'docs/x.md'), '# X\n\n## Two words\n\n[back](../README.md#one)\n');
    expect(build()).toMatchObject({ status: 0, stderr: '' });
    const read = (name: string) => parseHTML(readFileSync(join(checkout, 'site', name), 'utf8')).document;
    expect(hrefsOf(read('index.html'), 'main p a', 'href')).toEqual([
      ...['deploy/index.html', 'deploy/evald.service.html', 'docs/x.html#two-words'],
    ]);
    expect(read('deploy/evald.service.html').querySelector('pre')?.textContent).toContain('Description=<a & b>');
    expect(hrefsOf(read('deploy/index.html'), 'main a', 'href')).toEqual(['evald.service.html']);
    expect(hrefsOf(read('docs/x.html'), 'nav a', 'href')).toContain('../deploy/index.html');
    expect(hrefsOf(read('docs/x.html'), 'main p a', 'href')).toEqual(['../index.html#one']);
  });

  test('a link that leads nowhere, or to no heading, ends the build in words that say which', async () => {
    await writeFile(
      join(checkout, 'README.md'),
      '# One\n\n[a](gone.md) [b](docs/x.md#three) ![c](diagrams/none.svg)\n',
    );
    expect(build()).toMatchObject({
      status: 1,
      stderr: [
        'README.md: gone.md is not there',
        'README.md: docs/x.md has no heading #three',
        'README.md: diagrams/none.svg is not there\n',
      ].join('\n'),
    });
  });
});
