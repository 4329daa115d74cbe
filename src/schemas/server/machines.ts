import { z } from 'zod';
import { engineStateSchema } from '../engine/engine.ts';
import { jsonValueSchema } from '../values/json.ts';
import { timeSchema } from '../values/time.ts';

/** The charts: all there are. */
export const machineNames = ['job', 'scheduler', 'runner', 'runTracker', 'delivery'] as const;

const machineNameSchema = z.enum(machineNames).describe('One of the charts');

/** A machine, for programs and for readers of its drawings. */
export const machineSchema = z.object({
  name: machineNameSchema,
  description: z.string().describe('What it is, in a line'),
  svg: z.string().describe('Where its drawing is'),
  mermaid: z.string().describe('Where it is as Mermaid'),
  json: z.string().describe('Where the machine is, alone'),
  machine: jsonValueSchema.describe(
    "The chart as XState's createMachine takes it: states and events; code by its name",
  ),
});

export const machinesSchema = z.object({
  machines: z.array(machineSchema).describe('The charts that evald is made of'),
});

const statesSchema = z.array(z.string()).describe('Paths of the innermost states it is in: intake.open, dispatch.busy');

const count = (state: string) => z.int().describe(`Live jobs that are ${state}`);

/** What the machines are doing now. */
export const liveStatesSchema = z.object({
  scheduler: statesSchema,
  runners: z
    .array(z.object({ job_id: z.string().describe('Id of the job it runs'), states: statesSchema }))
    .describe('A runner for each running job, the oldest first'),
  deliveries: z
    .array(
      z.object({
        number: z.int().describe('The number that its receiver gets as X-Evald-Delivery'),
        job_id: z.string().describe('Id of the job that is posted'),
        states: statesSchema,
      }),
    )
    .describe('The webhooks that are being posted, and the next ones; more may wait'),
  trackers: z
    .array(z.object({ job_id: z.string().describe('Id of the job whose run it is'), states: statesSchema }))
    .describe('What the engine shows of each run that is watched'),
  jobs: z
    .object({
      queued: count('queued'),
      running: count('running'),
      completed: count('completed'),
      failed: count('failed'),
      cancelled: count('cancelled'),
    })
    .describe('How many jobs are in each state'),
});

/** The answer to a question for them: and how the place is where runs run. */
export const liveAnswerSchema = liveStatesSchema.extend({
  engine: engineStateSchema.describe('What runs run on'),
});

/** One transition of one machine, as it happened. */
export const transitionReportSchema = z.object({
  at: timeSchema,
  machine: machineNameSchema,
  actor: z
    .string()
    .describe(
      "The actor's id: scheduler, a job's id, runner: or tracker: and its job's id, or delivery: and its number",
    ),
  job_id: z.string().nullable().describe('The job it is about; null for the scheduler'),
  event: z.string().describe('Type of the event that caused it'),
  from: z.string().nullable().describe('Path of the state it began in; null when the job came to be'),
  to: z.string().describe('Path of the state it led to'),
  transition: z.string().nullable().describe('The arrow: its element in the drawings is transition-<this>'),
  states: statesSchema,
});

export type MachineName = z.infer<typeof machineNameSchema>;
export type Machines = z.infer<typeof machinesSchema>;
export type LiveStates = z.infer<typeof liveStatesSchema>;
/** The part of the webhooks, and that of the scheduler. */
export type DeliveryStates = Pick<LiveStates, 'deliveries'>;
export type SchedulerStates = Omit<LiveStates, keyof DeliveryStates>;
export type LiveAnswer = z.infer<typeof liveAnswerSchema>;
export type TransitionReport = z.infer<typeof transitionReportSchema>;
