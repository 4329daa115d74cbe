import { z } from 'zod';

/** The status of a job of Ray. The last three are its ends. */
export const rayStatusSchema = z.enum(['PENDING', 'RUNNING', 'SUCCEEDED', 'FAILED', 'STOPPED']);

/** A job as `GET /api/jobs/{id}` tells it; what else is there is passed over. */
export const rayJobSchema = z.object({
  status: rayStatusSchema,
  submission_id: z.string().nullish().describe('Its id; null for work that did not come through the Jobs API'),
  message: z.string().nullish().describe("Ray's words on the status; of a failed job with the last lines of its log"),
  error_type: z.string().nullish().describe('Why Ray says it failed, if the program is not the reason'),
  driver_exit_code: z
    .int()
    .nullish()
    .describe('Exit code of the entrypoint; below 0 a signal; null unless it ended by itself'),
  driver_agent_http_address: z.string().nullish().describe('The agent of its node; null until it has one'),
  start_time: z.number().nullish().describe('When it was submitted, milliseconds since 1970'),
  metadata: z.record(z.string(), z.string()).nullish(),
});

const badAmount = 'should have amounts above 0, whole ones above 1';

/** Resources that a job may ask for by name. Ray counts its own otherwise. */
export const rayResourcesSchema = z
  .record(
    z.string().regex(/^[\w.:/-]{1,100}$/),
    z.number(badAmount).positive(badAmount).max(1_000_000, badAmount),
    'should be an object of names, of letters, digits, "_", "-", ".", ":" and "/", with amounts: {"accelerator_type:A100": 0.001}',
  )
  .refine((all) => Object.values(all).every((amount) => amount <= 1 || Number.isInteger(amount)), badAmount)
  .refine(
    (all) => !['CPU', 'GPU', 'memory', 'object_store_memory'].some((name) => Object.hasOwn(all, name)),
    'should have none of CPU, GPU, memory and object_store_memory: a job asks for them by cpus, num_gpus and memory',
  );

/** What a job is submitted with. */
export const raySubmissionSchema = z.object({
  submission_id: z.string(),
  entrypoint: z.string().describe('A line for a shell'),
  metadata: z.record(z.string(), z.string()),
  runtime_env: z.record(z.string(), z.unknown()),
  entrypoint_num_cpus: z.number(),
  entrypoint_num_gpus: z.number(),
  entrypoint_memory: z.number().optional().describe('Bytes; absent: as Ray is set'),
  entrypoint_resources: z.record(z.string(), z.number()).optional().describe("The cluster's own, by their names"),
});

const rayNodeSchema = z.object({
  node_name: z.string(),
  state: z.string().describe('ALIVE or DEAD'),
  resources_total: z.record(z.string(), z.number()).nullish().describe('CPU, GPU and others'),
});

/** What `GET /api/v0/nodes` tells, as far as it is wanted. */
export const rayNodesSchema = z.object({
  data: z.object({ result: z.object({ result: z.array(rayNodeSchema) }) }),
});

/** What `GET /api/version` tells, by which Ray is known. */
export const rayVersionSchema = z.object({ ray_version: z.string().describe('Version of Ray') });

export type RaySubmission = z.infer<typeof raySubmissionSchema>;
export type RayJob = z.infer<typeof rayJobSchema>;

/** Whether its status never changes again. */
export function hasEnded({ status }: RayJob): boolean {
  return status !== 'PENDING' && status !== 'RUNNING';
}

/** Ends that are of the cluster, not of the job: its node has died, or Ray was started again over it. */
const OF_THE_CLUSTER = [
  'JOB_SUPERVISOR_ACTOR_DIED',
  'JOB_SUPERVISOR_ACTOR_UNKNOWN_FAILURE',
  'JOB_SUPERVISOR_ACTOR_UNSCHEDULABLE',
];

/** Whether the cluster alone is why a job has ended: one that had not begun may be submitted again. */
export function endedByCluster({ status, error_type }: RayJob): boolean {
  return status === 'FAILED' && OF_THE_CLUSTER.includes(error_type ?? '');
}

/** Whether Ray failed it because it could not start it in time (`RAY_JOB_START_TIMEOUT_SECONDS`): then it never will. */
export function hasGivenUp({ status, error_type }: RayJob): boolean {
  return status === 'FAILED' && error_type === 'JOB_SUPERVISOR_ACTOR_START_TIMEOUT';
}
