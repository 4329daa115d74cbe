import { z } from 'zod';
import { lenient, readInteger, requestBody } from '../submission/lenient.ts';
import { requestLimits } from '../values/limits.ts';
import { plainText, shortText } from '../values/text.ts';

const badEvent = '`event` should be a word of 1 to 64 letters, digits, "_", "-" and ".", as save or train_end';
const badStep = '`step` should be an integer from 0';
const badFolder = (field: string) => `\`${field}\` should be the path of a folder, without control characters`;

const folderOf = (field: 'checkpoint_dir' | 'output_dir') =>
  shortText(field, requestLimits.path).regex(plainText, badFolder(field)).regex(/\S/, badFolder(field));

/** What a training loop posts when it has written a checkpoint, as axolotl's plugin for benchmarks does. */
export const checkpointHookSchema = requestBody(
  z.object({
    event: shortText('event', 64, '`event`')
      .regex(/^[\w.-]{1,64}$/, badEvent)
      .describe('What happened in training: save, eval, train_end'),
    step: lenient(readInteger, z.int(badStep).min(0, badStep)).describe('The step of training that was reached'),
    checkpoint_dir: folderOf('checkpoint_dir').describe('Folder of the checkpoint, as evald and its runs see it'),
    output_dir: folderOf('output_dir').describe('Folder of the training run'),
  }),
);

export type CheckpointHook = z.infer<typeof checkpointHookSchema>;

/** What became of the evaluation of a checkpoint. */
export const checkpointHookAnswerSchema = z.object({
  job_id: z.string().describe('The job: GET /hooks/checkpoint/{job_id} asks for it again'),
  status: z
    .enum(['queued', 'running', 'completed', 'failed', 'cancelled'])
    .describe('queued and running: ask again; completed: `metrics` are whole'),
  metrics: z
    .record(z.string(), z.number())
    .describe('eval/TASK/METRIC to its value, of a completed job; empty until then, and of what is no finite number'),
  error: z.string().nullable().describe('Why it failed; null: it has not'),
});

export type CheckpointHookAnswer = z.infer<typeof checkpointHookAnswerSchema>;
