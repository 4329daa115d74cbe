import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JobInfo } from '../../src/schemas/job/job.ts';
import { describeWith, lmmsEval } from '../support/needs.ts';
import { kinds, realWarm, saidBy } from '../support/runs/realWarm.ts';

/** Cold and warm runs each: 20 in `npm run test:warm`. */
const RUNS = Number(process.env['TEST_WARM_RUNS'] ?? 5);
const TIMEOUT = 3_000_000;

describeWith(lmmsEval, 'runs of lmms-eval that start warm', () => {
  let real: Awaited<ReturnType<typeof realWarm>>;
  beforeAll(async () => {
    real = await realWarm();
  }, TIMEOUT);
  afterAll(() => real.close());

  test.each([
    ['that is asked', kinds.asked, RUNS, { evald_kinds_group: { 'evald_score,last': { value: 0.125 } } }],
    ['that chats', kinds.chatted, Math.ceil(RUNS / 5), { evald_kinds: { 'evald_score,last': { value: 1, n: 8 } } }],
  ])(
    'warm runs of a model %s have the numbers, samples, configuration and log of cold ones, with a function for each key of a task that may name one',
    async (_, request, runs, metrics) => {
      const [cold, warm] = await Promise.all([
        real.server(['--warm-starts', 'false', '--slots', '2']),
        real.server(['--warm-starts', 'true', '--slots', '2']),
      ]);
      await real.evaluate(warm, request);
      const [colds] = await Promise.all([
        Promise.all(Array.from({ length: runs }, () => real.evaluate(cold, request))),
        real.untilReady(warm),
      ]);
      const isWarm = async (job: JobInfo) => (await real.results(warm, job)).harness.started_warm === true;
      const warms: JobInfo[] = [];
      // A parent that does not answer in time, on a machine that is busy, has its run start cold.
      while (warms.length < runs) {
        const job = await real.evaluate(warm, request);
        expect(job.status).toBe('completed');
        if (await isWarm(job)) warms.push(job);
      }
      const [expected, ...others] = await Promise.all([...colds, ...warms].map(saidBy));
      expect(expected).toMatchObject({ metrics });
      expect(expected?.samples.join('').split('\n').length).toBeGreaterThan(8);
      for (const other of others) expect(other).toEqual(expected);
      const started = colds.map(async (job) => (await real.results(cold, job)).harness.started_warm);
      expect(await Promise.all(started)).toEqual(colds.map(() => undefined));
    },
    TIMEOUT,
  );
});
