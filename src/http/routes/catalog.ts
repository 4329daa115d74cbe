import { type Context, Hono } from 'hono';
import { UnfitError } from '../../schemas/errors/errors.ts';
import { catalogQuerySchema, modelsSchema, tasksSchema } from '../../schemas/harness/catalog.ts';
import { harnessesSchema } from '../../schemas/harness/harnesses.ts';
import type { AppDependencies } from '../dependencies.ts';
import { type Operation, queryRefusal, refusal } from '../operation.ts';
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
    answers: { 200: { description: 'The tasks', schema: tasksSchema }, ...queryRefusal, 503: unavailable },
  },
  {
    id: 'listModels',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/models',
    summary: 'List the models a harness knows',
    query: catalogQuerySchema,
    answers: { 200: { description: 'The models', schema: modelsSchema }, ...queryRefusal, 503: unavailable },
  },
];

/** Lists the harnesses, and what each offers. */
export function catalogRoutes({ harnesses }: Pick<AppDependencies, 'harnesses'>) {
  const catalogOf = async (c: Context) => {
    const query = readQuery(c.req, catalogQuerySchema);
    if (!query.ok) return query;
    try {
      return { catalog: await harnesses.catalogOf(query.request.harness ?? null) };
    } catch (error) {
      // What is not offered was named by the query, not by a body.
      if (!(error instanceof UnfitError)) throw error;
      const { message: msg } = error;
      const detail = [{ type: 'value_error', loc: ['query', 'harness'], msg, input: query.request.harness ?? null }];
      return { ok: false as const, detail };
    }
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
