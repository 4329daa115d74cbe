import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { escapeHtml, isShown, type Page, siteFileOf, type Target } from './pages.ts';

const CHARTS = 'diagrams';
const SYSTEM = `${CHARTS}/system.svg`;

/** The drawings, by the Mermaid text that says the same. */
export function chartsByText(root: string): Map<string, string> {
  const files = globSync(`${CHARTS}/*.mmd`, { cwd: root });
  return new Map(
    files.map((file) => [readFileSync(join(root, file), 'utf8').trim(), file.replace(/\.mmd$/, '.svg')] as const),
  );
}

/** The page of all drawings. @param onTarget as of `markdownPage`. */
export function chartsPage(root: string, onTarget: (target: Target) => void): Page {
  const drawings = globSync(`${CHARTS}/*.svg`, { cwd: root }).filter((path) => path !== SYSTEM);
  const sections: Page['sections'] = [];
  const parts = [SYSTEM, ...drawings.sort()].map((path) => {
    onTarget({ from: CHARTS, path, anchor: '' });
    const [file, id] = [basename(path), basename(path, '.svg')];
    sections.push({ id, text: id });
    const [, label = ''] = /aria-label="([^"]+)"/.exec(readFileSync(join(root, path), 'utf8')) ?? [];
    return `<h2 id="${id}"><a href="#${id}">${id}</a></h2>
<p>${label} (<a href="${file}">${file}</a>)</p>
<p><img src="${file}" alt="${label}"></p>`;
  });
  const html = `<h1>Charts</h1>\n<p>Drawn from the code, by <code>npm run diagrams</code>.</p>\n${parts.join('\n')}`;
  const ids = new Set(sections.map(({ id }) => id));
  return { source: CHARTS, file: `${CHARTS}/index.html`, title: 'Charts', sections, ids, html };
}

/** A file of the checkout as it is, or what a folder has. @param onTarget as of `markdownPage`. */
export function rawPage(root: string, path: string, onTarget: (target: Target) => void): Page {
  const file = siteFileOf(root, path);
  const page = { source: path, file, title: path, sections: [], ids: new Set<string>() };
  const heading = `<h1>${escapeHtml(path)}</h1>`;
  if (!statSync(join(root, path)).isDirectory()) {
    const text = escapeHtml(readFileSync(join(root, path), 'utf8'));
    return { ...page, html: `${heading}\n<pre tabindex="0"><code>${text}</code></pre>` };
  }
  const entries = readdirSync(join(root, path))
    .filter((name) => !/^(?:\.|__pycache__$|node_modules$)/.test(name))
    .map((name) => {
      const target = posix.join(path, name);
      onTarget({ from: path, path: target, anchor: '' });
      const to = isShown(target) ? target : siteFileOf(root, target);
      return `<li><a href="${escapeHtml(posix.relative(path, to))}">${escapeHtml(name)}</a></li>`;
    });
  return { ...page, html: `${heading}\n<ul>${entries.join('\n')}</ul>` };
}
