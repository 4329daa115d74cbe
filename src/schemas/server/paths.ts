import { z } from 'zod';
import { requestLimits } from '../values/limits.ts';
import { shortText } from '../values/text.ts';
import { machineNames } from './machines.ts';

/** The parts of paths that name something, for the description of the interface. */
export const jobPath = z.object({
  job_id: shortText('job_id', requestLimits.jobId)
    .describe('Id of the job')
    .meta({ examples: ['0f9c2d1e-7a41-4c0b-9c7e-2f6d8f0a1b2c'] }),
});

export const samplesPath = jobPath.extend({
  task: shortText('task', requestLimits.task)
    .describe('Name of the task; a group has no samples of its own')
    .meta({ examples: ['mmmu_val'] }),
});

export const artifactPath = jobPath.extend({
  path: shortText('path', requestLimits.path)
    .describe('As the list has it; slashes may be encoded or not')
    .meta({ examples: ['ckpt__step-12000/20261124_100611_results.json'] }),
});

export const assetPath = z.object({
  file: shortText('file', requestLimits.task)
    .describe('As the page names it')
    .meta({ examples: ['index.js'] }),
});

export const machinePath = z.object({
  file: z
    .enum([
      ...machineNames.flatMap((name) => [`${name}.svg`, `${name}.outline.svg`, `${name}.mmd`, `${name}.json`] as const),
      'system.svg',
    ])
    .describe('A machine as a drawing, whole or in outline, as Mermaid or as JSON; or the system as a drawing')
    .meta({ examples: ['job.svg'] }),
});

export const machinesQuery = z.object({
  job: shortText('job', requestLimits.jobId)
    .optional()
    .describe('Where the answer leads a browser to: the path of this job')
    .meta({ examples: ['0f9c2d1e-7a41-4c0b-9c7e-2f6d8f0a1b2c'] }),
});
