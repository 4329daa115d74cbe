import { Hono } from 'hono';
import { importAnswerSchema, importRequestSchema } from '../../schemas/scores/imports.ts';
import { misplacedCredentials } from '../../schemas/secrets/misplacedCredentials.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import type { CallerEnv } from '../middleware/caller.ts';
import { bodyRefusals, laterRefusal, notAllowed, type Operation, refusal, tooOften } from '../operation.ts';

export const importsOperations: Operation[] = [
  {
    id: 'importRuns',
    tag: 'results',
    method: 'post',
    role: 'submit',
    path: '/imports',
    startsWork: true,
    summary: 'Take results of earlier runs of lmms-eval and lm-eval into the record, as completed jobs that are marked',
    body: importRequestSchema,
    answers: {
      200: {
        description: 'What was imported and what was skipped, each with its reason. The files stay as they are',
        schema: importAnswerSchema,
      },
      403: notAllowed,
      404: refusal('There is no such folder on the server', '/results/2025 is no folder on the server'),
      ...bodyRefusals,
      429: tooOften,
      500: refusal(
        'The folder cannot be looked through',
        '/results/2025 cannot be looked through: its filesystem has not answered for long',
      ),
      503: laterRefusal(
        'The server takes nothing at the moment; what was imported before is kept',
        'The server takes nothing now: it is shutting down or cannot write its journal (see /health). Try again later.',
      ),
    },
  },
];

/** Takes results of earlier runs into the record. */
export function importsRoutes({ importRuns }: Pick<AppDependencies, 'importRuns'>) {
  return new Hono<CallerEnv>().post('/imports', async (c) => {
    const read = await readBody(c.req, importRequestSchema);
    if (!read.ok) return c.json({ detail: read.detail }, 422);
    const misplaced = misplacedCredentials(read.request);
    if (misplaced.length > 0) return c.json({ detail: misplaced }, 422);
    return c.json(await importRuns(read.request, c.get('caller').name));
  });
}
