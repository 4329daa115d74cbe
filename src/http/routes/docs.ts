import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { docsPath } from '../../schemas/server/paths.ts';
import { pagePolicy } from '../middleware/securityHeaders.ts';
import { type Api, describeApi } from '../openapi/document.ts';
import { type Operation, refusal } from '../operation.ts';

export const docsOperations: Operation[] = [
  document('describeInterface', '/openapi.json', 'Describe this interface as OpenAPI 3.1', 'application/json'),
  document('showInterface', '/docs', 'Show this interface as a page where it can be tried', 'text/html'),
  {
    ...document('showInterfacePart', '/docs/{file}', 'A script or the style of that page', 'text/javascript'),
    parameters: docsPath,
    answers: {
      200: { description: 'The document', media: ['text/javascript', 'text/css'] },
      404: refusal('No such document', 'Not Found'),
    },
  },
];

const media = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

/** Describes the interface, for programs and for people. */
export function docsRoutes(api: Api): Hono {
  const openapi = describeApi(api);
  const page = readPage('page.html');
  const parts = new Map(docsPath.shape.file.options.map((name) => [String(name), readPage(name)]));
  return new Hono()
    .get('/openapi.json', (c) => c.json(openapi))
    .get('/docs', (c) => c.html(page, 200, { 'Content-Security-Policy': pagePolicy }))
    .get('/docs/:file', (c) => {
      const name = c.req.param('file');
      const part = parts.get(name);
      if (part === undefined) return c.notFound();
      return c.body(part, 200, { 'Content-Type': name.endsWith('.css') ? media.css : media.js });
    });
}

function document(id: string, path: string, summary: string, media: string): Operation {
  return {
    id,
    tag: 'interface',
    method: 'get',
    role: 'read',
    path,
    summary,
    answers: { 200: { description: 'The document', media } },
  };
}

function readPage(name: string): string {
  return readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
}
