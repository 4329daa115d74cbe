import { z } from 'zod';
import { waitingForSchema } from '../queue/waitingFor.ts';
import { timeSchema } from '../values/time.ts';
import { keptRequestSchema } from './evaluateRequest.ts';
import { jobOptionsFields } from './jobOptions.ts';
import { lenient, readBoolean } from './lenient.ts';
import { submitAnswerSchema } from './submission.ts';

/** The query of a submission. */
export const submitQuerySchema = z.object({
  dry_run: lenient(readBoolean, z.boolean())
    .default(false)
    .describe('Only say what would come of it: it is checked as any other is, nothing is queued and nothing written'),
});

/** What a submission asks of the devices of the server. */
export const devicePriceSchema = z.object({
  needed: z.int().describe('Devices it asks for (num_gpus)'),
  total: z
    .int()
    .nullable()
    .describe(
      'Devices that the server hands out (--gpus); null: it hands out none, and does not know how many there are',
    ),
  free: z.int().nullable().describe('Those of them that are free now; null as above'),
  are_free: z.boolean().nullable().describe('Whether as many are free now as it asks for; null as above'),
});

/** The answer to a submission that is only tried: what would come of it. */
export const dryRunAnswerSchema = z.object({
  dry_run: z.literal(true).describe('Nothing was queued'),
  request: keptRequestSchema.describe('The request as it was understood; `***` stands for credentials'),
  ...jobOptionsFields,
  devices: devicePriceSchema.describe('What it would take'),
  position_in_queue: z
    .int()
    .describe('Jobs that would be ahead of it in the queue, from 0; running ones are not counted'),
  waiting_for: waitingForSchema.nullable().describe('What it would wait for; null: it would start at once'),
  expected_start_at: timeSchema
    .nullable()
    .describe('When it might start, by what is expected of the jobs ahead; null when that is not known'),
  expected_end_at: timeSchema
    .nullable()
    .describe('When it might end, by what the last jobs took that asked for the same; null when that is not known'),
  command: z
    .array(z.string())
    .nullable()
    .describe(
      'The program that would run, and its arguments; JOB_ID stands for the id that it would get, `***` for credentials. What only its run may see would stand in the file of --config. Null: it cannot be found out now, and `warnings` says why',
    ),
  repeats: z
    .string()
    .nullable()
    .describe(
      'The job that was submitted with this Idempotency-Key and would be answered instead of a new one; null: none',
    ),
  warnings: z.array(z.string()).describe('What would be ignored or changed, or could not be found out'),
});

/** The answer to POST /evaluate: the one, or with `dry_run` the other. */
export const evaluateAnswerSchema = z.union([submitAnswerSchema, dryRunAnswerSchema]);

export type DevicePrice = z.infer<typeof devicePriceSchema>;
export type DryRunAnswer = z.infer<typeof dryRunAnswerSchema>;
