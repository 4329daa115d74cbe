import { readFile } from 'node:fs/promises';
import { afterAll, expect, test } from 'vitest';
import { createLocalBackend } from '../../src/runner/backends/local/backend.ts';
import { createLmmsEvalHarness } from '../../src/runner/harnesses/lmmsEval/harness.ts';
import { LMMS_EVAL_WARM_PROGRAM } from '../../src/runner/harnesses/lmmsEval/warmProgram.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../support/needs.ts';
import { fixture, launch, launchSpec, watchToEnd } from '../support/runs/localRun.ts';
import { offline } from '../support/runs/tinyTask.ts';

const TIMEOUT = 1_200_000;
const { PATH = '/usr/bin:/bin' } = process.env;

describeWith(lmmsEval, 'a parent of the real lmms-eval', () => {
  const problems: string[] = [];
  const backend = createLocalBackend({
    ...{ memory: 4 * 2 ** 30, idle: TIMEOUT, onProblem: (text: string) => problems.push(text) },
  });
  afterAll(() => backend.close?.());

  test.each([
    ['that it takes by itself', {}],
    ['that variables give them', { OMP_NUM_THREADS: '3', NUMEXPR_NUM_THREADS: '2' }],
  ])(
    'pools of threads have in a warm run the sizes of a cold one, %s, and work',
    async (_, variables) => {
      const env = { PATH, ...offline, PYTHONPATH: fixture('warm'), PYTHONDONTWRITEBYTECODE: '1', ...variables };
      const program = LMMS_EVAL_WARM_PROGRAM.replace('MODULE = "lmms_eval"', 'MODULE = "evald_pools"');
      const run = async (warm?: string) => {
        const spec = await launchSpec([lmmsEvalPython, '-m', 'evald_pools'], env);
        const handle = await launch(backend, { ...spec, warm });
        const [exited] = await watchToEnd(backend, handle);
        const log = await readFile(spec.log, 'utf8');
        expect(exited, log).toEqual({ type: 'run.exited', exit: { kind: 'code', code: 0 } });
        return { isWarm: handle['warm'] === true, said: JSON.parse(log) };
      };
      await backend.warm?.prepare({ python: lmmsEvalPython, program, env });
      expect(problems).toEqual([]);
      const [cold, warm, again] = [await run(), await run(program), await run(program)];
      expect([cold.isWarm, warm.isWarm, again.isWarm]).toEqual([false, true, true]);
      // A parent has loaded libraries beside, which have pools as well.
      expect(warm.said).toMatchObject(cold.said);
      expect(again.said).toEqual(warm.said);
      expect(cold.said).toMatchObject({
        work: { torch: 343_000_000, numpy: 343_000_000, between: 980_000, expressions: 2_000_000 },
      });
    },
    TIMEOUT,
  );

  test(
    'the lists of tasks and models are the same from the parent and from a new Python',
    async () => {
      const answers: unknown[] = [];
      const ask: NonNullable<typeof backend.warm>['ask'] = async (...question) => {
        const answer = (await backend.warm?.ask(...question)) ?? null;
        answers.push(answer);
        return answer;
      };
      const harness = createLmmsEvalHarness({ python: lmmsEvalPython, extraArgs: [], env: offline, ask });
      const other = createLmmsEvalHarness({ python: lmmsEvalPython, extraArgs: [], env: offline });
      if (harness.warm === undefined) throw new Error('nothing of it can be warm');
      await backend.warm?.prepare(await harness.warm.python());
      expect(problems).toEqual([]);
      const lists = await Promise.all([harness.listTasks(), harness.listModels()]);
      // By the parent, not by falling back.
      expect(answers.map((answer) => Array.isArray(answer))).toEqual([true, true]);
      expect(lists[0].length).toBeGreaterThan(1_000);
      expect(lists).toEqual([await other.listTasks(), await other.listModels()]);
      harness.close();
      other.close();
    },
    TIMEOUT,
  );
});
