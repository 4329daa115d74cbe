import { z } from 'zod';
import { errorMessage } from '../../errors.ts';
import { poolName } from '../engine/devicePool.ts';
import { harnessNameSchema } from '../harness/harnesses.ts';
import { requestLimits } from '../values/limits.ts';
import { memoryPattern } from '../values/memory.ts';
import { plainText, splitWords } from '../values/text.ts';
import { lenient, lenientUnion, readBoolean, readFloat, readInteger } from './lenient.ts';
import { retryPolicySchema } from './retry.ts';

const MAX_LABELS = 16;
const MAX_LABEL_TEXT = 200;
/** Timers cannot wait longer; about 23 days. */
const MAX_SECONDS = 2_000_000;

const badLabels = `\`labels\` should be an object of at most ${MAX_LABELS} names with texts or finite numbers`;
const badLabelName = '`labels` names should be 1 to 64 letters, digits, "_", "-", "." or "/"';
const badLabelText = `\`labels\` texts should have at most ${MAX_LABEL_TEXT} characters and no control characters`;
const badPriority = '`priority` should be an integer from -100 to 100';
const MAX_CPUS = 4_096;
const badCpus = `\`cpus\` should be an integer from 1 to ${MAX_CPUS}`;
const badMemory = '`memory` should be a whole number with a unit, M, G or T, as "16G": 1G is 1024M';
const MAX_ENGINE_ARGS = 32;
const badEngineArgs =
  '`engine_args` should be at most 32 words of 1 to 1000 characters without control characters: a list, or a text split as a shell does';
const badUrl = '`callback_url` should be an http or https URL of at most 2000 characters, without a user and password';
const badReadyFile =
  '`ready_file` should be a path below the checkpoint (`model_args.pretrained`), as "trainer_state.json": 1 to 500 characters, not absolute, without ".." and control characters';
const MAX_AFTER = 100;
const badAfter = `\`after\` should be a list of at most ${MAX_AFTER} ids of jobs`;
const badPool = '`pool` should be the name of a pool of devices: 1 to 64 letters, digits, "_", "." and "-"';
const badSeconds = (name: string) => `\`${name}\` should be a number of seconds above 0, at most ${MAX_SECONDS}`;

/** Names with texts or numbers. */
export const labelsSchema = z
  .record(
    z
      .string()
      .max(64, badLabelName)
      .regex(/^[\w./-]{1,64}$/, badLabelName),
    z.union(
      [z.string().max(MAX_LABEL_TEXT, badLabelText).regex(plainText, badLabelText), z.number(badLabels)],
      badLabels,
    ),
    { error: (issue) => (issue.code === 'invalid_key' ? badLabelName : undefined) },
  )
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, badLabels)
  .meta({ maxProperties: MAX_LABELS });

const secondsSchema = (name: string) =>
  lenientUnion(
    { int: readInteger, float: readFloat },
    z.number(badSeconds(name)).positive(badSeconds(name)).max(MAX_SECONDS, badSeconds(name)),
  ).nullable();

/** A path that leads nowhere but below. */
const readyFileSchema = z
  .string(badReadyFile)
  .min(1, badReadyFile)
  .max(500, badReadyFile)
  .regex(plainText, badReadyFile)
  .refine((path) => !path.startsWith('/') && !path.split('/').includes('..'), badReadyFile);

const afterSchema = z.preprocess(
  (ids) => (ids === null ? [] : typeof ids === 'string' ? [ids] : ids),
  z.array(z.string(badAfter).min(1, badAfter).max(requestLimits.jobId, badAfter), badAfter).max(MAX_AFTER, badAfter),
);

const urlSchema = z.string().max(2_000, badUrl).refine(isCallable, badUrl).meta({ format: 'uri' });

const engineArgsSchema = z.preprocess(
  (input, context) => {
    if (input === null) return [];
    if (typeof input !== 'string') return input;
    if (input.length > requestLimits.engineArgs) {
      context.addIssue({ code: 'custom', message: badEngineArgs, input });
      return z.NEVER;
    }
    try {
      return splitWords(input);
    } catch (error) {
      context.addIssue({ code: 'custom', message: `${badEngineArgs}; ${errorMessage(error)}`, input });
      return z.NEVER;
    }
  },
  z
    .array(
      z.string(badEngineArgs).min(1, badEngineArgs).max(1_000, badEngineArgs).regex(plainText, badEngineArgs),
      badEngineArgs,
    )
    .max(MAX_ENGINE_ARGS, badEngineArgs),
);

export const prioritySchema = lenient(readInteger, z.int(badPriority).min(-100, badPriority).max(100, badPriority));

/** What of a job that waits can be changed. */
export const reprioritiseRequestSchema = z.object({
  priority: prioritySchema.describe('Higher ones start first; within one, jobs start in the order in which they came'),
});

/** What a submission may say beside the request: how the job is queued, limited, found again and reported. */
export const jobOptionsFields = {
  harness: harnessNameSchema
    .nullable()
    .default(null)
    .describe(
      'Which harness evaluates, of those that GET /harnesses names; null: the default of the server. A job keeps it',
    ),
  split: lenient(readBoolean, z.boolean('`split` should be true or false'))
    .default(false)
    .describe(
      'Whether each task has a run of its own, one after the other, in one slot: the numbers of a task are there as soon as its run has ended, and one that fails keeps no other from running',
    ),
  pool: z
    .string(badPool)
    .max(64, { error: badPool, abort: true })
    .regex(poolName, badPool)
    .nullable()
    .default(null)
    .describe(
      'The pool of devices that it waits for and runs on, of those of the server (--pool); null: its first one',
    ),
  labels: z
    .preprocess((labels) => (labels === null ? {} : labels), labelsSchema)
    .default({})
    .describe('Names to texts or numbers, to find the job by: {"run": "r7", "step": 12000}'),
  priority: prioritySchema.default(0).describe('Higher ones start first; first in, first out within one'),
  cpus: lenient(readInteger, z.int(badCpus).min(1, badCpus).max(MAX_CPUS, badCpus))
    .nullable()
    .default(null)
    .describe(
      'CPUs of the run: what Slurm and Ray reserve for it. On this machine what runs has at most --cpus together, and this many threads where a library asks how many; null: as the server is set',
    ),
  memory: z
    .string(badMemory)
    .max(8, { error: badMemory, abort: true })
    .regex(memoryPattern, badMemory)
    .nullable()
    .default(null)
    .describe(
      'Memory of the run, "16G": what Slurm and Ray reserve for it. On this machine what runs has at most --memory together, by what each says: no run is ended for taking more; null: as the server is set',
    ),
  timeout: secondsSchema('timeout').default(null).describe('Seconds the run may take; null: as the server is set'),
  stall_timeout: secondsSchema('stall_timeout')
    .default(null)
    .describe('Seconds the run may go without output; null: as the server is set'),
  retry: retryPolicySchema
    .nullable()
    .default(null)
    .describe(
      'How often it is tried again when its engine or its machine fails it, and after which failures: 2, or {"max": 2, "on": ["lost", "preempted", "nodeFailed"]}, which is the same; null: as the server is set',
    ),
  callback_url: urlSchema
    .nullable()
    .default(null)
    .describe('Where the job is posted to when it has ended. Shown with *** for the values of its query'),
  engine_args: engineArgsSchema
    .default([])
    .describe('Words for the engine that runs it, those that the operator allows: ["--partition=long"]'),
  ready_file: readyFileSchema
    .nullable()
    .default(null)
    .describe(
      'A file below `model_args.pretrained` that is written last: the job keeps its position and is not started before it is there, and those behind it go on',
    ),
  ready_timeout: secondsSchema('ready_timeout')
    .default(null)
    .describe('Seconds from its submission after which a job whose `ready_file` is not there fails; null: it waits on'),
  after: afterSchema
    .default([])
    .describe(
      'Jobs that have to complete before it is started. When one of them fails or is cancelled, so is this one, unless `after_any`',
    ),
  after_any: lenient(readBoolean, z.boolean('`after_any` should be true or false'))
    .default(false)
    .describe('Whether the jobs in `after` only have to end, however they do'),
};

export const jobOptionsSchema = z.object(jobOptionsFields);

/** The options of a job, read and checked: every field present, absent ones null, empty or 0. */
export type JobOptions = z.infer<typeof jobOptionsSchema>;

/** The options of a job that named none. */
export const noOptions: JobOptions = {
  harness: null,
  split: false,
  pool: null,
  labels: {},
  priority: 0,
  cpus: null,
  memory: null,
  timeout: null,
  stall_timeout: null,
  retry: null,
  callback_url: null,
  engine_args: [],
  ready_file: null,
  ready_timeout: null,
  after: [],
  after_any: false,
};

/** Whether a text is a URL that a job may be posted to. */
export function isCallable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && username === '' && password === '';
}
