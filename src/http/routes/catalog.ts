import { type Context, Hono } from 'hono';
import { catalogQuerySchema, modelsSchema, tasksSchema } from '../../schemas/harness/catalog.ts';
import { harnessesSchema } from '../../schemas/harness/harnesses.ts';
import type { AppDependencies } from '../dependencies.ts';
import { type Operation, refusal } from '../operation.ts';
import { readQuery } from '../query.ts';

const unavailable = refusal(
  'The harness could not be asked; the detail says why',
  "The harness cannot list its tasks: ModuleNotFoundError: No module named 'lmms_eval'",
);

export const catalogOperations: Operation[] = [
  {
    id: 'listHarnesses',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/harnesses',
    summary: 'List the harnesses that evaluate, and whether they can start',
    answers: { 200: { description: 'The harnesses', schema: harnessesSchema } },
  },
  {
    id: 'listTasks',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/tasks',
    summary: 'List the tasks a harness knows',
    query: catalogQuerySchema,
    answers: { 200: { description: 'The tasks', schema: tasksSchema }, 503: unavailable },
  },
  {
    id: 'listModels',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/models',
    summary: 'List the models a harness knows',
    query: catalogQuerySchema,
    answers: { 200: { description: 'The models', schema: modelsSchema }, 503: unavailable },
  },
];

/** Lists the harnesses, and what each offers. */
export function catalogRoutes({ harnesses }: Pick<AppDependencies, 'harnesses'>) {
  const catalogOf = async (c: Context) => {
    const query = readQuery(c.req, catalogQuerySchema);
    return query.ok ? { catalog: await harnesses.catalogOf(query.request.harness ?? null) } : query;
  };
  return new Hono()
    .get('/harnesses', async (c) => c.json(await harnesses.describe()))
    .get('/tasks', async (c) => {
      const asked = await catalogOf(c);
      return 'catalog' in asked
        ? c.json({ tasks: await asked.catalog.tasks() })
        : c.json({ detail: asked.detail }, 422);
    })
    .get('/models', async (c) => {
      const asked = await catalogOf(c);
      return 'catalog' in asked
        ? c.json({ models: await asked.catalog.models() })
        : c.json({ detail: asked.detail }, 422);
    });
}
