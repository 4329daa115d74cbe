import { type Client, createClient, type SubmissionInput } from '../../../src/client/index.ts';

/** Jobs in all states, as of a training run that evaluates its checkpoints. */
export type Showcase = {
  client: Client;
  completed: string;
  /** Two that have completed, the better one last. */
  compared: [string, string];
  failed: string;
  cancelled: string;
  running: string;
  queued: string;
};

const tasks = ['demo_digits', 'demo_shapes'];

/** Fills a server of the demo harness, which runs one job at a time, with some twenty jobs. One runs until it is stopped; four wait. */
export async function showcase(server: { url: string }): Promise<Showcase> {
  const client = createClient({ server: server.url });
  const add = async (submission: Partial<SubmissionInput>) =>
    (await client.submit({ model: 'nearest-template', tasks, limit: 40, ...submission })).job_id;
  const checkpoint = (step: number, run = 'r7') => ({
    model_args: { pretrained: `/ckpt/run${run.slice(1)}/step-${step}` },
    labels: { run, step },
  });
  const completed: string[] = [];
  const earlier: string[] = [];
  for (const [at, step] of [2_000, 4_000, 6_000, 8_000].entries()) {
    completed.push(await add({ ...checkpoint(step), limit: [24, 30, 60, 40][at] }));
    // An earlier run, of a model that is not as good, and one of its checkpoints cannot be evaluated.
    const model = step === 4_000 ? 'qwen-typo' : 'majority';
    earlier.push(await add({ ...checkpoint(step, 'r6'), model, limit: [20, 30, 50, 40][at] }));
  }
  const failed = await add({ model: 'qwen-typo', labels: { run: 'r7' } });
  const poor = await add({ model: 'majority' });
  completed.push(poor);
  await client.wait([...completed, ...earlier, failed]);

  const running = await add({ ...checkpoint(10_000), model_args: { pretrained: '/ckpt/run7/step-10000', delay: 2 } });
  const queued = await add({ ...checkpoint(12_000), priority: 5 });
  for (const step of [14_000, 16_000]) await add(checkpoint(step));
  await add({ ...checkpoint(18_000), after: [queued] });
  const cancelled = await add(checkpoint(20_000));
  await client.cancel(cancelled);
  while ((await client.job(running)).progress === null) await client.job(running, { wait: 0.2 });
  const best = completed[3] ?? '';
  return { client, completed: best, compared: [poor, best], failed, cancelled, running, queued };
}
