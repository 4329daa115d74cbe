import { z } from 'zod';
import { requestBody } from '../submission/lenient.ts';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';

const noCheckpoint = '`checkpoint_path` should be the path of a folder; it is empty';

export const mergeRequestSchema = requestBody(
  z.object({
    checkpoint_path: shortText('checkpoint_path', requestLimits.path)
      .regex(/\S/, noCheckpoint)
      .describe('Folder of the sharded checkpoint, on the server'),
    output_path: // The original takes an empty text for none given.
      z
        .preprocess((input) => (input === '' ? null : input), shortText('output_path', requestLimits.path).nullable())
        .default(null)
        .describe('Folder for the merged checkpoint; null: where the merger puts it'),
    checkpoint_type: z
      .enum(['regular', 'ema'])
      .default('regular')
      .describe('Which weights: the main ones or their EMA'),
  }),
);

/** A request to merge a sharded checkpoint, read and checked. */
export type MergeRequest = z.infer<typeof mergeRequestSchema>;

/** The answer to a merge that was done. */
export const mergeAnswerSchema = z.object({
  success: z.literal(true).describe('A failure is answered with another status'),
  message: z.string().describe('Checkpoint merged successfully'),
  merged_path: z.string().describe('Folder of the merged checkpoint, on the server'),
  warnings: z.array(z.string()).describe('What was ignored in the request'),
});

export type MergeAnswer = z.infer<typeof mergeAnswerSchema>;
