import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { describeWith, lmEval } from '../support/needs.ts';
import { lmEvalKinds, lmEvalWarm } from '../support/runs/lmEvalWarm.ts';
import { saidBy } from '../support/runs/realWarm.ts';

/** Cold and warm runs each: 20 in `npm run test:warm`. */
const RUNS = Number(process.env['TEST_WARM_RUNS'] ?? 3);
const TIMEOUT = 3_000_000;

describeWith(lmEval, 'runs of lm-eval that start warm', () => {
  let lm: Awaited<ReturnType<typeof lmEvalWarm>>;
  beforeAll(async () => {
    lm = await lmEvalWarm();
  }, TIMEOUT);
  afterAll(() => lm.close());

  test(
    'warm runs of lm-eval have the numbers, samples, configuration and log of cold ones, with each kind of definition',
    async () => {
      const cold = await lm.server('--warm-starts', 'false', '--slots', '2');
      const warm = await lm.server('--warm-starts', 'true');
      const colds = await Promise.all(Array.from({ length: RUNS }, () => lm.evaluate(cold)));
      await lm.untilReady(warm);
      const warms: JobInfo[] = [];
      // A parent that does not answer in time, on a machine that is busy, has its run start cold.
      while (warms.length < RUNS) {
        const job = await lm.evaluate(warm);
        expect(job).toMatchObject({ status: 'completed', error: null });
        if (lm.isWarm(job)) warms.push(job);
      }
      expect(colds.map(lm.isWarm)).toEqual(colds.map(() => false));
      const [expected, ...others] = await Promise.all([...colds, ...warms].map(saidBy));
      expect(expected).toMatchObject({
        metrics: {
          evald_kinds: { 'evald_score,plain': { value: 2 / 6 }, 'evald_score,loud': { value: 1 / 6 } },
          evald_choice: { acc: { n: 6 } },
          evald_class: { closeness: { value: 2 / 6 } },
        },
      });
      // Of a name that stands twice each run warns by itself.
      expect(expected?.log).toContain("Duplicate task name 'evald_kinds' found");
      expect(expected?.samples.join('')).toContain('of a class: Say: Question 0?');
      for (const other of others) expect(other).toEqual(expected);
    },
    TIMEOUT,
  );

  test(
    'a definition, one that it includes, its functions and a module of lm-eval are seen by the next run when they are edited',
    async () => {
      const server = await lm.server('--warm-starts', 'true');
      await lm.untilReady(server);
      const asked = { model: 'dummy', tasks: ['evald_edited'], model_args: { pretrained: 'm' } };
      // What a run reads by itself: it may be warm, and has it.
      await lm.edit('tasks/evald/utils.py', 'RIGHT = 1.0', 'RIGHT = 0.5');
      await lm.edit('tasks/evald/kinds.yaml', 'task: evald_kinds', 'task: evald_edited');
      await lm.edit('tasks/evald/_base_yaml', 'version: 1.0', 'version: 9.0');
      const warm = await lm.evaluate(server, asked);
      expect(warm.metrics).toMatchObject({ evald_edited: { 'evald_score,plain': { value: 1 / 6 } } });
      expect(warm.provenance).toMatchObject({ started_warm: true, tasks: { evald_edited: { version: '9' } } });

      // What the parent has imported.
      await lm.edit('models/dummy.py', '"lol"', '"LOL"');
      await lm.edit('evaluator.py', 'Setting torch manual seed', 'Setting torch edited seed');
      const next = await lm.evaluate(server, asked);
      expect(next.metrics).toMatchObject({ evald_edited: { 'evald_score,plain': { value: 0.5 / 6 } } });
      expect(lm.isWarm(next)).toBe(false);
      expect((await saidBy(next)).log).toContain('Setting torch edited seed');
      expect(await lm.state(server)).toMatchObject({ cold: 1, last_cold: expect.stringContaining('changed') });
    },
    TIMEOUT,
  );

  test(
    'a run of lm-eval on several GPUs starts cold, by accelerate',
    async () => {
      await lm.addPackage('accelerate', {
        'accelerate/__init__.py': '',
        'accelerate/commands/__init__.py': '',
        'accelerate/commands/launch.py': 'print("launched by accelerate")\n',
      });
      const server = await lm.server('--warm-starts', 'true');
      await lm.untilReady(server);
      const job = await lm.evaluate(server, { ...lmEvalKinds, model: 'hf', num_gpus: 2, tasks: ['evald_class'] });
      expect(job).toMatchObject({
        failure_kind: 'noResults',
        error: expect.stringContaining('launched by accelerate'),
      });
      expect(await lm.state(server)).toMatchObject({
        ...{ warm: 0, cold: 1, state: 'ready' },
        last_cold: expect.stringContaining('another program'),
      });
    },
    TIMEOUT,
  );
});
