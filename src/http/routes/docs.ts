import { readFileSync } from 'node:fs';
import { Hono } from 'hono';
import { pagePolicy } from '../guard/headers.ts';
import { type Api, describeApi } from '../openapi/document.ts';
import type { Operation } from '../operation.ts';

export const docsOperations: Operation[] = [
  document('describeInterface', '/openapi.json', 'Describe this interface as OpenAPI 3.1', 'application/json'),
  document('showInterface', '/docs', 'Show this interface as a page where it can be tried', 'text/html'),
  document('showInterfaceScript', '/docs/page.js', 'The script of that page', 'text/javascript'),
  document('showInterfaceStyle', '/docs/page.css', 'The style of that page', 'text/css'),
];

/** Describes the interface, for programs and for people. */
export function docsRoutes(api: Api): Hono {
  const openapi = describeApi(api);
  const page = readPage('page.html');
  const script = readPage('page.js');
  const style = readPage('page.css');
  return new Hono()
    .get('/openapi.json', (c) => c.json(openapi))
    .get('/docs', (c) => c.html(page, 200, { 'Content-Security-Policy': pagePolicy }))
    .get('/docs/page.js', (c) => c.body(script, 200, { 'Content-Type': 'text/javascript; charset=utf-8' }))
    .get('/docs/page.css', (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }));
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
