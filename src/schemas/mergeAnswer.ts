import { z } from 'zod';

/** The answer to a merge that was done. */
export const mergeAnswerSchema = z.object({
  success: z.literal(true).describe('A failure is answered with another status'),
  message: z.string().describe('Checkpoint merged successfully'),
  merged_path: z.string().describe('Folder of the merged checkpoint, on the server'),
  warnings: z.array(z.string()).describe('What was ignored in the request'),
});

export type MergeAnswer = z.infer<typeof mergeAnswerSchema>;
