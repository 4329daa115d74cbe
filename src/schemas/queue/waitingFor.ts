import { z } from 'zod';

/** Why a job that waits is not started now: the first thing that holds it. */
export const waitingForSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('jobs').describe('Those before it in the queue'),
    ahead: z.int().describe('How many of them are not passed over'),
  }),
  z.object({ kind: z.literal('slot').describe('It is next, and as many run as may (--slots)') }),
  z.object({
    kind: z.literal('engine').describe('It is next, and as many as may wait on the engine (--max-pending)'),
    pending: z.int().describe('Jobs that were started and have not begun'),
  }),
  z.object({
    kind: z.literal('devices').describe('It is next, and too few devices of this machine are free (--gpus)'),
    needed: z.int().describe('Devices it asks for (num_gpus)'),
    free: z.int().describe('Devices that are free'),
  }),
  z.object({
    kind: z
      .literal('capacity')
      .describe('It is next, and what runs leaves too little of this machine, by what each says (--cpus, --memory)'),
    what: z.enum(['cpus', 'memory']).describe('What there is too little of'),
    needed: z.number().describe('What it asks for; memory in bytes'),
    free: z.number().describe('What is not taken; memory in bytes'),
  }),
  z.object({
    kind: z
      .literal('folder')
      .describe('It is next, and a run writes to its folder (output_dir), or to one in or above it'),
    job_id: z.string().describe('The job that runs there'),
  }),
  z.object({
    kind: z.literal('checkpoint').describe('Its checkpoint is not whole yet; those behind it are started meanwhile'),
    file: z.string().describe('The file that shows that it is (ready_file)'),
  }),
  z.object({
    kind: z.literal('after').describe('Jobs that have to end before it; those behind it are started meanwhile'),
    job_ids: z.array(z.string()).describe('Those of them that have not ended'),
  }),
  z.object({ kind: z.literal('pause').describe('The queue is paused: nothing is started until POST /queue/resume') }),
  z.object({
    kind: z
      .literal('journal')
      .describe('Its start is being written to the journal, or that cannot be written (/health says why)'),
  }),
  z.object({ kind: z.literal('shutdown').describe('The server is about to end; it starts after the next start') }),
  z.object({
    kind: z.literal('blocked').describe('Nothing is started because of a fault that is not of any job'),
    reason: z.string().describe('What the fault is'),
  }),
]);

export type WaitingFor = z.infer<typeof waitingForSchema>;
