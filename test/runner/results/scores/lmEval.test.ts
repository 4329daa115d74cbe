import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../../../src/client/client.ts';
import { metricsOf } from '../../../../src/runner/results/files/metrics.ts';
import { readResultsFile } from '../../../../src/runner/results/files/resultsFile.ts';
import type { ComparedRun } from '../../../../src/runner/results/scores/comparedRun.ts';
import { type ComparedRuns, compareRuns } from '../../../../src/runner/results/scores/compareRuns.ts';
import type { TaskComparison } from '../../../../src/schemas/scores/comparison.ts';
import { removeFolder } from '../../../support/files/removeFolder.ts';
import { describeWith, lmEval, lmEvalPython } from '../../../support/needs.ts';
import { type LmEvalFiles, letterTask, runLmEval, writeLetterTask } from '../../../support/runs/letterTask.ts';
import { startServer } from '../../../support/server/server.ts';

describeWith(lmEval, 'two runs of the real lm-eval', () => {
  let folder: string;
  let runs: [LmEvalFiles, LmEvalFiles];
  let found: ComparedRuns;

  // Twelve letters, half of them capitals. A capital that is said small is right by no filter, for the answer is one.
  const answers = ['a', 'B', 'c', 'D', 'e', 'F', 'g', 'H', 'i', 'J', 'k', 'L'];
  // The first is right in 0 to 5 but for 3; the second in 1, 2 and 6 to 11.
  const first = ['a', 'B', 'c', 'x', 'e', 'F', 'x', 'x', 'x', 'x', 'x', 'x'];
  const second = ['x', 'B', 'c', 'x', 'x', 'x', 'g', 'H', 'i', 'J', 'k', 'L'];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
    const includePath = await writeLetterTask(folder, answers);
    const evaluate = (said: readonly string[], name: string) =>
      runLmEval(lmEvalPython, { folder, includePath, said, output: join(folder, name) });
    runs = await Promise.all([evaluate(first, 'first'), evaluate(second, 'second')]);
    const [a, b] = await Promise.all(runs.map(sideOf));
    if (a === undefined || b === undefined) throw new Error('two runs were made');
    found = await compareRuns({ a, b, wanted: [{}], allowUnpaired: false });
  }, 600_000);
  afterAll(() => removeFolder(folder));

  /** A run as a job that has its scores is compared. */
  async function sideOf({ results, samples }: LmEvalFiles): Promise<ComparedRun> {
    const at = { path: dirname(results), isOwn: false };
    const { metrics } = metricsOf(await readResultsFile(at, results.slice(at.path.length + 1)));
    const rows = Object.entries(metrics).map(([task, row]) => [
      task,
      Object.fromEntries(
        Object.entries(row).map(([name, { value, stderr, n, higher_is_better: higherIsBetter }]) => [
          name,
          { value: Number(value), stderr: Number(stderr), n, higherIsBetter, failed: null },
        ]),
      ),
    ]);
    const files = [{ results, samples }];
    const source = { jobId: 'x', folder: at, files, isLogged: true, scores: Object.fromEntries(rows) };
    return { sources: [source], settings: {} };
  }

  test('two runs of the real lm-eval with known flips have a comparison for each filter, as one works it out by hand', () => {
    const by = new Map(found.comparisons.map((one) => [one.filter, one]));
    expect([...by.keys()].toSorted()).toEqual(['lenient', 'strict']);
    const strict = by.get('strict');
    expect(strict).toMatchObject({
      ...{ task: letterTask, metric: 'exact_match', higher_is_better: true, warnings: [] },
      ...{ n_a: 12, n_b: 12, n_paired: 12, missing: { a: 0, b: 0, bounds: null } },
      // Won: 6 to 11. Lost: 0, 4 and 5.
      flips: { better: 6, worse: 3, equal: 3 },
      ...{ test: 'mcnemar', verdict: 'inconclusive' },
    });
    expect(strict?.delta).toBeCloseTo(3 / 12, 12);
    // Σd² = 9: SE² = (9 - 12 / 16) / (12 · 11). p = 2 · (1 + 9 + 36 + 84) / 2⁹.
    expect(strict?.stderr).toBeCloseTo(Math.sqrt(8.25 / 132), 12);
    expect(strict?.p_value).toBeCloseTo(260 / 512, 12);
    const flipped = strict?.flips?.samples.map(({ doc_id, value_b }) => [Number(doc_id), value_b]);
    expect(flipped).toEqual([0, 4, 5, 6, 7, 8, 9, 10, 11].map((id) => [id, id > 5 ? 1 : 0]));

    // By the other filter capitals are never right: won are 6, 8 and 10, lost are 0 and 4.
    const lenient = by.get('lenient');
    expect(lenient).toMatchObject({ n_paired: 12, flips: { better: 3, worse: 2, equal: 7 }, test: 'mcnemar' });
    expect(lenient?.delta).toBeCloseTo(1 / 12, 12);
    expect(lenient?.stderr).toBeCloseTo(Math.sqrt((5 - 1 / 12) / 132), 12);
    expect(lenient?.p_value).toBeCloseTo(1, 12);
  });

  test('two runs of the real lm-eval that were imported are compared as jobs, with the same numbers', async () => {
    const server = await startServer();
    onTestFinished(async () => void (await server.stop()));
    const { importRuns, compare, gate } = createClient({ server: server.url });
    const ids: string[] = [];
    for (const { results } of runs) {
      const { imported, skipped } = await importRuns({ dir: dirname(results) });
      expect(skipped).toEqual([]);
      ids.push(...imported.map(({ job_id }) => job_id));
    }
    const [a = '', b = ''] = ids;
    const asJobs = await compare({ a, b });
    expect(asJobs).toMatchObject({ a: { job_id: a, imported: true }, b: { job_id: b, imported: true } });
    const plain = ({ a: _a, b: _b, ...numbers }: TaskComparison) => numbers;
    expect(asJobs.comparisons.map(plain)).toEqual(found.comparisons.map(plain));
    expect(asJobs.comparisons[0]?.a).toMatchObject({ value: expect.any(Number), n: 12 });
    // Each was given its answers by a file of its own.
    expect(asJobs.configuration.map(({ field }) => field)).toEqual(['model_args.answers']);
    const policy = { tasks: { [letterTask]: { max_drop: 0.9, metric: 'exact_match', filter: 'strict' } } };
    expect(await gate({ baseline: a, candidate: b, policy })).toMatchObject({ verdict: 'pass' });
  });

  test('two runs of one lm-eval that differ in their answers alone have no other configuration', () => {
    expect(found).toMatchObject({ configuration: [], only_a: [], only_b: [], groups: [], warnings: [] });
  });
});
