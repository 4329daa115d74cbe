import type { JobInfo, SubmissionInput } from '../../client/index.ts';
import { noOptions } from '../../schemas/submission/jobOptions.ts';

const noRequest: { [field in keyof JobInfo['request']]?: unknown } = {
  model_args: null,
  num_fewshot: null,
  batch_size: null,
  device: null,
  limit: null,
  gen_kwargs: null,
  log_samples: true,
  predict_only: false,
  num_gpus: 1,
  output_dir: null,
};

/** What was said of how a job is to be treated. */
export const optionsOf = (job: JobInfo) =>
  Object.fromEntries(Object.keys(noOptions).map((name) => [name, job[name as keyof JobInfo]]));

/** What a job was submitted with: fields that say what is meant without them are left out. Credentials are `***`, as the job shows them. */
export function submissionOfJob(job: JobInfo): SubmissionInput {
  const { model, tasks, ...request } = job.request;
  const usual: { [field: string]: unknown } = { ...noRequest, ...noOptions };
  const said = Object.entries({ ...request, ...optionsOf(job) }).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(usual[name]),
  );
  return { model, tasks, ...(Object.fromEntries(said) as Partial<SubmissionInput>) };
}
