import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { machineNames } from '../../schemas/server/machines.ts';
import { drawingPolicy } from '../middleware/securityHeaders.ts';

/** A file, and the policy that its own style needs. */
export type PageFile = { text: string; media: string; policy: string | null };

const media = {
  svg: 'image/svg+xml',
  // A registered type would make browsers save it instead of showing it.
  mmd: 'text/plain; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** Beside `src` and `dist` alike. */
const drawings = new URL('../../../diagrams/', import.meta.url);
const page = new URL('./', import.meta.url);

/** Every file below /machines/, and where it lies. */
const places = new Map<string, URL>([
  ...machineNames.flatMap((name) => [at(`${name}.svg`, drawings), at(`${name}.mmd`, drawings)]),
  at('system.svg', drawings),
  ...[
    'icon.svg',
    'drawing.css',
    'page.css',
    'lit.css',
    'page.js',
    'charts.js',
    'jobPath.js',
    'ticker.js',
    'token.js',
  ].map((name) => at(name, page)),
]);

const read = new Map<string, string>();

/**
 * A file by its name below /machines/. The drawings are the files in `diagrams/`, which `npm run check` holds against
 * the code. They are read when they are first asked for: a start costs nothing.
 */
export function findFile(name: string): PageFile | undefined {
  const place = places.get(name);
  if (place === undefined) return undefined;
  const text = textOf(place);
  return { text, media: media[name.slice(name.lastIndexOf('.') + 1) as keyof typeof media], policy: policyOf(text) };
}

/** The page at /machines, with the outlines of the charts in it. */
export function composePage(): string {
  return textOf(new URL('page.html', page)).replace('<!-- charts -->', () => machineNames.map(figure).join('\n      '));
}

const figure = (name: string): string => `<figure id="${name}-chart">
        ${inlined(textOf(new URL(`outline/${name}.svg`, drawings)), name)}
        <figcaption><a href="machines/${name}.svg">the whole chart</a></figcaption>
      </figure>`;

/**
 * A drawing as part of a page: ids are unique there only with the chart's name before them, and a policy against inline
 * styles refuses its own, which the page links instead.
 */
function inlined(svg: string, name: string): string {
  return svg.replace(/<style>[^<]*<\/style>/, '').replaceAll(' id="', ` id="${name}-`);
}

/** A drawing is a file that can be taken elsewhere: it has its style in itself. */
function policyOf(text: string): string | null {
  const style = text.startsWith('<svg ') ? /<style>([^<]*)<\/style>/.exec(text)?.[1] : undefined;
  return style === undefined ? null : drawingPolicy(createHash('sha256').update(style).digest('base64'));
}

function textOf(place: URL): string {
  const known = read.get(place.href);
  if (known !== undefined) return known;
  const text = readFileSync(place, 'utf8');
  read.set(place.href, text);
  return text;
}

function at(name: string, folder: URL): [string, URL] {
  return [name, new URL(name, folder)];
}
