import type { Client } from '../../client/client.ts';
import type { SubmissionInput } from '../../client/jobs.ts';

/** Seconds a sample takes of the job that is still running when one looks: with 400 samples, twenty minutes. */
const SLOW = 3;

const tasks = ['demo_digits', 'demo_shapes'];
const owner = 'r7';

/** An evaluation of a checkpoint of a training run. */
const checkpoint = (step: number, model: string, more: Partial<SubmissionInput> = {}): SubmissionInput => ({
  model,
  tasks,
  model_args: { pretrained: `/ckpt/${owner}/step-${step}`, seed: step },
  labels: { run: owner, step: String(step) },
  ...more,
});

/**
 * Submits a dozen jobs, so that there is one in each state: some that have completed or failed when this resolves, one
 * that runs slowly, some that wait, one that was cancelled.
 * @throws ClientError also `interrupted`, when the signal is aborted.
 */
export async function submitExamples(client: Client, signal: AbortSignal): Promise<void> {
  const submit = async (job: SubmissionInput) => (await client.submit(job)).job_id;
  const ended: string[] = [];
  for (const step of [1000, 2000, 3000]) ended.push(await submit(checkpoint(step, 'random')));
  for (const step of [4000, 5000]) ended.push(await submit(checkpoint(step, 'nearest-template')));
  ended.push(await submit({ model: 'majority', tasks, labels: { run: 'baseline' } }));
  // There is no such model: the harness says so, as it would of a name that was mistyped.
  ended.push(await submit(checkpoint(6000, 'nearest-tmplate')));
  await client.wait(ended, { signal });

  const slow = { pretrained: `/ckpt/${owner}/step-7000`, delay: SLOW };
  await submit(checkpoint(7000, 'nearest-template', { model_args: slow }));
  await submit(checkpoint(8000, 'nearest-template'));
  await submit(checkpoint(9000, 'nearest-template', { priority: 10 }));
  await submit({ model: 'random', tasks: ['demo_shapes'], priority: -5, labels: { run: 'baseline' } });
  await client.cancel(await submit(checkpoint(9500, 'majority')));
}
