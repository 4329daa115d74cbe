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
  const measured = (step: number, run: string, args: object) => {
    const { model_args, labels } = checkpoint(step, run);
    return add({ labels, model_args: { ...model_args, ...args }, limit: 200 });
  };
  for (const [at, step] of [2_000, 4_000, 6_000, 8_000].entries()) {
    // They get their pictures under less and less noise.
    completed.push(await measured(step, 'r7', { noise: [32, 26, 20, 12][at] }));
    // An earlier run that was not as good; one of its checkpoints cannot be evaluated, for there is no such argument.
    earlier.push(await measured(step, 'r6', step === 4_000 ? { nosie: 35 } : { noise: [42, 0, 36, 34][at] }));
  }
  const failed = await add({ model: 'qwen-typo', labels: { run: 'r8' } });
  const poor = await add({ model: 'majority', limit: 200 });
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
  return { client, completed: best, compared: [earlier[3] ?? '', best], failed, cancelled, running, queued };
}
