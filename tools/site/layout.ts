import { posix } from 'node:path';
import { escapeHtml, type Page } from './pages.ts';

/** The groups of the navigation, and their pages by file or pattern, in order. What none names is under the last. */
const GROUPS: readonly [heading: string, pages: readonly string[]][] = [
  ['Begin', ['README.md', 'docs/page.md', 'docs/cli.md', 'docs/glossary.md', 'CHANGELOG.md']],
  [
    'Use',
    [
      ...[
        'docs/api.md',
        'docs/scores.md',
        'docs/truth.md',
        'docs/harnesses.md',
        'docs/webhooks.md',
        'docs/python.md',
        'docs/library.md',
      ],
      ...['python/README.md', 'examples/README.md', 'examples'],
    ],
  ],
  [
    'Run',
    [
      ...[
        'docs/deploy.md',
        'docs/proxy.md',
        'deploy/README.md',
        'deploy',
        'docs/configuration.md',
        'docs/operating.md',
        'docs/metrics.md',
        'docs/security.md',
      ],
      ...['docs/slurm.md', 'docs/ray.md', 'SECURITY.md'],
    ],
  ],
  ['Read the code', ['ARCHITECTURE.md', 'diagrams', 'CONTRIBUTING.md', 'bench/README.md']],
  ['More', []],
];

/** The pages of the navigation in their groups; files and folders that pages only lead to are in none. */
export function groupsOf(pages: readonly Page[]): { heading: string; pages: Page[] }[] {
  const named = new Set(GROUPS.flatMap(([, sources]) => sources));
  const others = pages.filter(({ source }) => source.endsWith('.md') && !named.has(source));
  return GROUPS.flatMap(([heading, sources], index) => {
    const found = sources.flatMap((source) => pages.filter((page) => page.source === source));
    const all = index === GROUPS.length - 1 ? [...found, ...others] : found;
    return all.length === 0 ? [] : [{ heading, pages: all }];
  });
}

/** A page whole, as a file that needs nothing but `site.css` beside the site's root. */
export function wholePage(page: Page, groups: readonly { heading: string; pages: Page[] }[], version: string): string {
  const to = (file: string): string => escapeHtml(posix.relative(posix.dirname(page.file), file));
  const entry = (other: Page): string => {
    const title = escapeHtml(other.source === 'README.md' ? 'Overview' : other.title);
    if (other !== page) return `<li><a href="${to(other.file)}">${title}</a></li>`;
    const sections = page.sections.map(({ id, text }) => `<li><a href="#${id}">${escapeHtml(text)}</a></li>`);
    const below = sections.length === 0 ? '' : `<ul>${sections.join('')}</ul>`;
    return `<li><a href="${to(other.file)}" aria-current="page">${title}</a>${below}</li>`;
  };
  const lists = groups.map(({ heading, pages }) => `<h2>${heading}</h2><ul>${pages.map(entry).join('\n')}</ul>`);
  const name = page.source === 'README.md' ? 'evald' : `${page.title} · evald`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(name)}</title>
<link rel="icon" href="${to('icon.svg')}">
<link rel="stylesheet" href="${to('site.css')}">
</head>
<body>
<header>
<a class="skip" href="#text">To the text</a>
<a class="name" href="${to('index.html')}">evald</a>
<span>${escapeHtml(version)}</span>
<a class="pages" href="#pages">All pages</a>
</header>
<main id="text">
${page.html}
</main>
<nav id="pages" aria-label="Pages">
${lists.join('\n')}
</nav>
</body>
</html>
`;
}
