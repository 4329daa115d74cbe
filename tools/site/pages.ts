import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { Lexer, Parser, Renderer, type Token, type Tokens } from 'marked';

/** A page of the site: a file of the checkout, and what it becomes. */
export type Page = {
  /** Path of the file or folder in the checkout. */
  source: string;
  /** Path of the page in the site. */
  file: string;
  title: string;
  /** Its headings of the second level. */
  sections: { id: string; text: string }[];
  /** Every anchor that it has. */
  ids: Set<string>;
  html: string;
};

/** What a link or a picture of a page leads to: a path of the checkout, and an anchor there. */
export type Target = { from: string; path: string; anchor: string };

/** Where a page of a file stands: beside where the file does, so that pictures are found by the same relative paths. */
export function pageOf(source: string): string {
  if (basename(source) === 'README.md') return posix.join(dirname(source), 'index.html');
  return source.endsWith('.md') ? source.replace(/\.md$/, '.html') : `${source}.html`;
}

/** An anchor as GitHub makes it of a heading. @param taken those of the page before it; the new one is added. */
export function anchorOf(heading: string, taken: Set<string>): string {
  const plain = heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
  let anchor = plain;
  for (let count = 1; taken.has(anchor); count++) anchor = `${plain}-${count}`;
  taken.add(anchor);
  return anchor;
}

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The text of tokens without what marks it up. */
const plainOf = (tokens: readonly Token[]): string =>
  tokens
    .map((token) => ('tokens' in token && token.tokens ? plainOf(token.tokens) : 'text' in token ? token.text : ''))
    .join('');

/**
 * Makes a page of a Markdown file.
 * @param charts the drawings, by the Mermaid text that says the same.
 * @param onTarget called with everything in the checkout that it leads to or shows.
 */
export function markdownPage(
  root: string,
  source: string,
  charts: ReadonlyMap<string, string>,
  onTarget: (target: Target) => void,
): Page {
  const ids = new Set<string>();
  const sections: Page['sections'] = [];
  let title = '';
  const file = pageOf(source);
  const relativeTo = (path: string): string => posix.relative(posix.dirname(file), path);
  /** What stands in the site for what the file names. */
  const resolved = (href: string): string => {
    if (/^[a-z]+:/i.test(href)) return href;
    const [path = '', anchor = ''] = href.split('#');
    const target = path === '' ? source : posix.join(posix.dirname(source), decodeURI(path)).replace(/\/$/, '');
    onTarget({ from: source, path: target, anchor });
    if (path === '') return href;
    const to = isShown(target) ? target : siteFileOf(root, target);
    return `${relativeTo(to)}${anchor && `#${anchor}`}`;
  };
  class SiteRenderer extends Renderer {
    override heading({ tokens, depth }: Tokens.Heading): string {
      const text = plainOf(tokens);
      const id = anchorOf(text, ids);
      if (depth === 1 && title === '') title = text;
      if (depth === 2) sections.push({ id, text });
      return `<h${depth} id="${id}"><a href="#${id}">${this.parser.parseInline(withoutLinks(tokens))}</a></h${depth}>\n`;
    }
    override link({ href, tokens }: Tokens.Link): string {
      return `<a href="${escapeHtml(resolved(href))}">${this.parser.parseInline(tokens)}</a>`;
    }
    override image({ href, text }: Tokens.Image): string {
      return `<img src="${escapeHtml(resolved(href))}" alt="${escapeHtml(text)}">`;
    }
    override html({ text }: Tokens.HTML | Tokens.Tag): string {
      return text.replaceAll(/\b(src|srcset|href)="([^"]+)"/g, (_, name, href) => `${name}="${resolved(href)}"`);
    }
    override code({ text, lang }: Tokens.Code): string {
      const chart = lang === 'mermaid' ? charts.get(text.trim()) : undefined;
      if (chart !== undefined) {
        onTarget({ from: source, path: chart, anchor: '' });
        return `<p><img src="${relativeTo(chart)}" alt="The chart ${basename(chart, '.svg')}, drawn"></p>\n`;
      }
      // What may be wider than its window has to be reached by keys, to be scrolled.
      return `<pre tabindex="0"><code>${escapeHtml(text)}\n</code></pre>\n`;
    }
    override table(token: Tokens.Table): string {
      return `<div class="wide" tabindex="0" role="group" aria-label="Table">${super.table(token)}</div>\n`;
    }
  }
  const html = Parser.parse(Lexer.lex(readFileSync(join(root, source), 'utf8')), { renderer: new SiteRenderer() });
  return { source, file, title: title || source, sections, ids, html };
}

/** A heading is a link to itself, and links have none in them. */
const withoutLinks = (tokens: Token[]): Token[] =>
  tokens.flatMap((token) => (token.type === 'link' && token.tokens ? token.tokens : [token]));

/** Whether something is in the site as it is. */
export const isShown = (path: string): boolean => /\.(?:svg|png)$/.test(path);

/** The page of a file or folder of the checkout. @throws Error when there is nothing of the kind. */
export function siteFileOf(root: string, path: string): string {
  if (path.endsWith('.md')) return pageOf(path);
  const found = statSync(join(root, path), { throwIfNoEntry: false });
  if (found === undefined) throw new Error(`${path} is not there`);
  return found.isDirectory() ? posix.join(path, 'index.html') : pageOf(path);
}
