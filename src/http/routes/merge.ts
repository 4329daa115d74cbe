import { Hono } from 'hono';
import { type MergeAnswer, mergeAnswerSchema, mergeRequestSchema } from '../../schemas/harness/merge.ts';
import { misplacedCredentials } from '../../schemas/secrets/misplacedCredentials.ts';
import { unknownFieldWarnings } from '../../schemas/submission/lenient.ts';
import { readBody } from '../body.ts';
import type { AppDependencies } from '../dependencies.ts';
import { bodyRefusals, notAllowed, type Operation, refusal, tooOften } from '../operation.ts';

export const mergeOperations: Operation[] = [
  {
    id: 'mergeCheckpoint',
    tag: 'server',
    method: 'post',
    role: 'submit',
    path: '/merge',
    startsWork: true,
    summary: 'Merge a sharded FSDP2 checkpoint into one',
    body: mergeRequestSchema,
    answers: {
      200: { description: 'Merged', schema: mergeAnswerSchema },
      400: refusal('The merger refuses a value', 'No shard files found in /ckpt/run-7/pytorch_model_fsdp_0'),
      403: notAllowed,
      404: refusal(
        'A file of the checkpoint is missing',
        "[Errno 2] No such file or directory: '/ckpt/run-7/config.json'",
      ),
      ...bodyRefusals,
      429: tooOften,
      500: refusal('The merge failed, or lmms_engine is not installed', 'Merge failed: CUDA out of memory'),
    },
  },
];

/** Merges checkpoints. Answers when it is done, which may take minutes. */
export function mergeRoutes({ merge }: Pick<AppDependencies, 'merge'>) {
  return new Hono().post('/merge', async (c) => {
    const read = await readBody(c.req, mergeRequestSchema);
    if (!read.ok) return c.json({ detail: read.detail }, 422);
    const misplaced = misplacedCredentials(read.request);
    if (misplaced.length > 0) return c.json({ detail: misplaced }, 422);
    const answer: MergeAnswer = {
      success: true,
      message: 'Checkpoint merged successfully',
      merged_path: await merge(read.request),
      warnings: unknownFieldWarnings(mergeRequestSchema, read.body),
    };
    return c.json(answer);
  });
}
