import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { monotonic } from '../../bench/evaluations/client.ts';
import { installWithTask, SAMPLES } from '../../bench/evaluations/installation.ts';
import { createAgreement } from '../../bench/evaluations/numbers.ts';
import { processTimes } from '../../bench/evaluations/processTimes.ts';
import { runByHand } from '../../bench/evaluations/subjects.ts';
import { describeWith, lmmsEval, lmmsEvalPython } from '../support/needs.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';

describeWith(lmmsEval, 'the evaluation that the benchmark times', () => {
  test('the evaluation that the benchmark times is one of the real lmms-eval of eight samples, and notes when it began', async () => {
    const [folder, outputs] = [await temporaryFolder(), await temporaryFolder()];
    const installation = await installWithTask(folder);
    const began = monotonic();
    const [numbers, times] = await Promise.all([
      runByHand(outputs, installation),
      processTimes(installation.stamps, AbortSignal.timeout(500_000)),
    ]);
    // "B" is right for half of the pictures.
    expect(numbers.results).toMatchObject({ evald_bench: { 'right,none': 0.5 } });
    expect(numbers.answers).toHaveLength(SAMPLES);
    createAgreement(SAMPLES).check('by hand', numbers);
    // As the kernel counts, in hundredths of a second.
    expect(times.started).toBeGreaterThan(began - 0.02);
    expect(times.scored).toBeGreaterThan(times.started);
    expect(times.gone).toBeGreaterThan(times.scored);
    expect(times.gone).toBeLessThan(monotonic());

    const [output = ''] = readdirSync(outputs);
    const elsewhere = join(lmmsEvalPython, '../../lib/python3.11/site-packages/lmms_eval/tasks/evald_bench');
    expect([existsSync(join(outputs, output, 'dummy')), existsSync(elsewhere)]).toEqual([true, false]);
  }, 600_000);

  test('a run by hand that fails ends the benchmark with the end of its log', async () => {
    const [folder, outputs] = [await temporaryFolder(), await temporaryFolder()];
    const env = { ...process.env, PYTHONPATH: '/nowhere', PYTHONHOME: '/nowhere' };
    const run = runByHand(outputs, { python: lmmsEvalPython, env, stamps: join(folder, 'stamps') });
    await expect(run).rejects.toThrow(/lmms-eval ended with 1\n.*/s);
  });
});
