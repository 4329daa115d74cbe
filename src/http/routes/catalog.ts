import { Hono } from 'hono';
import { modelsSchema, tasksSchema } from '../../schemas/harness/catalog.ts';
import type { AppDependencies } from '../dependencies.ts';
import { type Operation, refusal } from '../operation.ts';

const unavailable = refusal(
  'The harness could not be asked; the detail says why',
  "The harness cannot list its tasks: ModuleNotFoundError: No module named 'lmms_eval'",
);

export const catalogOperations: Operation[] = [
  {
    id: 'listTasks',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/tasks',
    summary: 'List the tasks the harness knows',
    answers: { 200: { description: 'The tasks', schema: tasksSchema }, 503: unavailable },
  },
  {
    id: 'listModels',
    tag: 'server',
    method: 'get',
    role: 'read',
    path: '/models',
    summary: 'List the models the harness knows',
    answers: { 200: { description: 'The models', schema: modelsSchema }, 503: unavailable },
  },
];

/** Lists what the harness offers. */
export function catalogRoutes({ catalog }: Pick<AppDependencies, 'catalog'>) {
  return new Hono()
    .get('/tasks', async (c) => c.json({ tasks: await catalog.tasks() }))
    .get('/models', async (c) => c.json({ models: await catalog.models() }));
}
