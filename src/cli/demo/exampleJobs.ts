import type { Client } from '../../client/client.ts';
import type { SubmissionInput } from '../../client/jobs.ts';

/** Seconds a sample takes of the job that is still running when one looks: with 400 samples, twenty minutes. */
const SLOW = 3;

const tasks = ['demo_digits', 'demo_shapes'];
const model = 'nearest-template';

/** Steps of the run that have a checkpoint with results, and the noise under which each gets its pictures: less and less. */
const measured = { 1000: 34, 2000: 30, 3000: 25, 5000: 16, 6000: 8 };
/** The same of the run before, which was worse. */
const measuredBefore = { 1000: 42, 3000: 34, 5000: 27 };

/** An evaluation of a checkpoint of a training run. All get the same documents, so that they can be compared. */
const checkpoint = (run: string, step: number | string, args: object, more: Partial<SubmissionInput> = {}) => ({
  ...{ model, tasks, model_args: { pretrained: `/ckpt/${run}/step-${step}`, ...args } },
  labels: { run, step: String(step) },
  ...more,
});

/**
 * Submits some fifteen jobs, so that there is one in each state: some that have completed or failed when this resolves, one
 * that runs slowly, some that wait, one that was cancelled.
 * @throws ClientError also `interrupted`, when the signal is aborted.
 */
export async function submitExamples(client: Client, signal: AbortSignal): Promise<void> {
  const submit = async (job: SubmissionInput) => (await client.submit(job)).job_id;
  const ended: string[] = [];
  for (const [step, noise] of Object.entries(measuredBefore))
    ended.push(await submit(checkpoint('r6', step, { noise })));
  for (const [step, noise] of Object.entries(measured)) ended.push(await submit(checkpoint('r7', step, { noise })));
  ended.push(await submit({ model: 'majority', tasks, labels: { run: 'baseline' } }));
  // There is no such argument: the harness says so, and the line of the run has a gap.
  ended.push(await submit(checkpoint('r7', 4000, { nosie: 20 })));
  await client.wait(ended, { signal });

  await submit(checkpoint('r7', 7000, { delay: SLOW }));
  await submit(checkpoint('r7', 8000, {}));
  await submit(checkpoint('r7', 9000, {}, { priority: 10 }));
  await submit({ model: 'random', tasks: ['demo_shapes'], priority: -5, labels: { run: 'baseline' } });
  await client.cancel(await submit(checkpoint('r7', 9500, {})));
}
