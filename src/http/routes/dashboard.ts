import { extname } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { ownFilesIn, readOwnFile } from '../../ownFiles.ts';
import { assetPath } from '../../schemas/server/paths.ts';
import { dashboardPolicy } from '../middleware/securityHeaders.ts';
import { type Operation, refusal } from '../operation.ts';

/** Beside the sources as beside what is published: `npm ci` builds the page, with the package it is there. */
const BUILT = 'dist/dashboard';
const PAGE = 'index.html';

const NOT_BUILT = 'The page is not built: npm run build:dashboard';

export const dashboardOperations: Operation[] = [
  {
    id: 'showDashboard',
    tag: 'interface',
    method: 'get',
    role: null,
    path: '/',
    summary: 'Show the page for people: what runs, what waits, what failed and why',
    answers: { 200: { description: 'The page', media: 'text/html' }, 404: refusal('It was not built', NOT_BUILT) },
  },
  {
    id: 'showDashboardPart',
    tag: 'interface',
    method: 'get',
    role: null,
    path: '/assets/{file}',
    summary: 'A script, style or picture of that page',
    parameters: assetPath,
    answers: {
      200: { description: 'The document', media: ['text/javascript', 'text/css', 'image/svg+xml'] },
      404: refusal('No such document', 'Not Found'),
    },
  },
];

const media: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The names of parts change with what they say, so that a browser may keep them. */
const KEPT = 'public, max-age=31536000, immutable';

/** Serves the page for people. Its parts show nothing of this server: what they show they ask for with the reader's token. */
export function dashboardRoutes(): Hono {
  const parts = readParts();
  return new Hono()
    .get('/', (c) => {
      const page = readPage();
      if (page === null) return c.json({ detail: NOT_BUILT }, 404);
      return c.html(page, 200, { 'Content-Security-Policy': dashboardPolicy, 'Cache-Control': 'no-cache' });
    })
    .get('/assets/:file', (c) => {
      const part = parts.get(c.req.param('file'));
      if (part === undefined) return c.notFound();
      const encoding = accepts(c, { header: 'Accept-Encoding', supports: ['gzip', 'identity'], default: 'identity' });
      const headers = { 'Content-Type': part.media, 'Cache-Control': KEPT, Vary: 'Accept-Encoding' };
      if (encoding !== 'gzip') return c.body(part.bytes, 200, headers);
      return c.body(part.compressed(), 200, { ...headers, 'Content-Encoding': 'gzip' });
    });
}

type Part = { media: string; bytes: Buffer<ArrayBuffer>; compressed(): Buffer<ArrayBuffer> };

function readParts(): Map<string, Part> {
  const folder = `${BUILT}/assets`;
  return new Map(
    ownFilesIn(folder).flatMap((name) => {
      const type = media[extname(name)];
      if (type === undefined) return [];
      const bytes = readOwnFile(`${folder}/${name}`);
      let compressed: Buffer<ArrayBuffer> | null = null;
      return [[name, { media: type, bytes, compressed: () => (compressed ??= gzipSync(bytes)) }]];
    }),
  );
}

const readPage = (): string | null =>
  ownFilesIn(BUILT).includes(PAGE) ? readOwnFile(`${BUILT}/${PAGE}`).toString() : null;
