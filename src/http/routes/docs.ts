import { Hono } from 'hono';
import { type Api, describeApi } from '../openapi/document.ts';
import type { Operation } from '../operation.ts';

export const docsOperations: Operation[] = [
  {
    id: 'describeInterface',
    tag: 'interface',
    method: 'get',
    role: 'read',
    path: '/openapi.json',
    summary: 'Describe this interface as OpenAPI 3.1',
    answers: { 200: { description: 'The document', media: 'application/json' } },
  },
  {
    id: 'showInterface',
    tag: 'interface',
    method: 'get',
    role: null,
    path: '/docs',
    summary: 'Lead to where the page for people shows this interface, to be tried',
    answers: { 307: { description: 'It is at `./#/api`', headers: { Location: './#/api' }, empty: true } },
  },
];

/** Describes the interface for programs; the page for people makes a view of it. */
export function docsRoutes(api: Api): Hono {
  const openapi = describeApi(api);
  return new Hono().get('/openapi.json', (c) => c.json(openapi)).get('/docs', (c) => c.redirect('./#/api', 307));
}
