import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { chartsByText, chartsPage, rawPage } from './filePages.ts';
import { groupsOf, wholePage } from './layout.ts';
import { isShown, markdownPage, type Page, siteFileOf, type Target } from './pages.ts';

/**
 * `npm run docs:site`: makes a site of what is written about evald, in `dist/site` or the folder of the first argument, whose files
 * are written over. It is files alone, without scripts, and links within it are relative: it works below any path, and from a
 * disk. A link that leads nowhere, or to a heading that is not there, ends it with exit code 1, and nothing is written.
 */

const root = resolve(import.meta.dirname, '../..');
const ours = join(root, 'dist/site');
const folder = resolve(process.argv[2] ?? ours);
/** Folders with a page of their own, where they are there; without a README it lists what they have. */
const FOLDERS = ['deploy', 'examples'];

const targets: Target[] = [];
const onTarget = (target: Target) => targets.push(target);
const pages = new Map<string, Page>();
const add = (page: Page) => pages.set(page.file, page);

const charts = chartsByText(root);
const written = ['*.md', 'docs/*.md', '{bench,python,deploy,examples}/{*,*/*}.md'];
for (const source of globSync(written, { cwd: root }).sort()) {
  add(markdownPage(root, source, charts, onTarget));
}
add(chartsPage(root, onTarget));
for (const path of FOLDERS.filter((name) => existsSync(join(root, name)))) addRaw(path);

/** What pages lead to, and what that leads to, is a page too, or is shown as it is. */
function addRaw(path: string): void {
  if (!pages.has(siteFileOf(root, path))) add(rawPage(root, path, onTarget));
}

const faults: string[] = [];
// It grows meanwhile.
for (const { from, path, anchor } of targets) {
  if (!existsSync(join(root, path))) {
    faults.push(`${from}: ${path} is not there`);
    continue;
  }
  if (!isShown(path)) addRaw(path);
  const ids = isShown(path) ? undefined : pages.get(siteFileOf(root, path))?.ids;
  if (anchor !== '' && ids?.has(anchor) !== true) faults.push(`${from}: ${path} has no heading #${anchor}`);
}
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(1);
}

if (folder === ours) rmSync(folder, { recursive: true, force: true });
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const groups = groupsOf([...pages.values()]);
for (const page of pages.values()) writeFileSync(placeOf(page.file), wholePage(page, groups, version));
for (const path of new Set(targets.map((target) => target.path).filter(isShown))) {
  copyFileSync(join(root, path), placeOf(path));
}
copyFileSync(join(root, 'src/dashboard/icon.svg'), placeOf('icon.svg'));
const styles = ['src/dashboard/styles/tokens.css', 'tools/site/site.css'];
writeFileSync(placeOf('site.css'), styles.map((file) => readFileSync(join(root, file), 'utf8')).join('\n'));

/** Where a file of the site is written. */
function placeOf(file: string): string {
  const place = join(folder, file);
  mkdirSync(dirname(place), { recursive: true });
  return place;
}
