import { describe, expect, it } from 'vitest';
import { evaluate, sampleCount } from '../../../../src/runner/harnesses/demo/evaluate.ts';
import { createProgramLog } from '../../../../src/runner/harnesses/demo/log.ts';
import { findModel } from '../../../../src/runner/harnesses/demo/models.ts';
import { scoreRows } from '../../../../src/runner/harnesses/demo/scores.ts';
import { selectTasks } from '../../../../src/runner/harnesses/demo/tasks/catalog.ts';

const silent = { log: createProgramLog(() => undefined), progress: { write: () => undefined, now: () => 0 } };

const evaluated = (model: string, seed: number, noise = 0) => {
  const { tasks } = selectTasks(['demo']);
  return evaluate({ tasks, model: findModel(model), seed, delay: 0, noise, limit: null, predictOnly: false }, silent);
};

async function accuracies(model: string, seed: number, noise = 0) {
  const { groups } = selectTasks(['demo']);
  const evaluations = await evaluated(model, seed, noise);
  return Object.fromEntries(scoreRows(evaluations, groups).map((row) => [row.name, row.score?.mean ?? Number.NaN]));
}

describe('the demo models', () => {
  it('the demo models get the same scores from the same seed', async () => {
    for (const model of ['nearest-template', 'majority', 'random']) {
      expect(await accuracies(model, 3)).toEqual(await accuracies(model, 3));
    }
  });

  it.each([1, 2, 1234])(
    'the demo models rank as they should with seed %i: looking, then the prior, then chance',
    async (seed) => {
      const [template, majority, random] = await Promise.all(
        ['nearest-template', 'majority', 'random'].map((model) => accuracies(model, seed)),
      );
      for (const task of ['demo_digits', 'demo_shapes', 'demo']) {
        expect(template?.[task]).toBeGreaterThan((majority?.[task] ?? 1) + 0.3);
        expect(template?.[task]).toBeLessThan(1);
        expect(majority?.[task]).toBeGreaterThanOrEqual(random?.[task] ?? 1);
      }
      // Ten classes: chance is a tenth, and 200 samples stay within four standard errors of it.
      expect(Math.abs((random?.['demo_digits'] ?? 1) - 0.1)).toBeLessThan(4 * Math.sqrt((0.1 * 0.9) / 200));
    },
  );

  it('a demo model that gets its pictures under more noise is worse at the same documents, and repeats itself', async () => {
    const hashes = async (noise: number) =>
      (await evaluated('nearest-template', 7, noise)).map(({ samples }) => samples.map(({ hash }) => hash));
    expect(await hashes(30)).toEqual(await hashes(0));
    const [without, little, much, again] = await Promise.all(
      [0, 20, 40, 40].map((noise) => accuracies('nearest-template', 7, noise)),
    );
    for (const task of ['demo_digits', 'demo_shapes']) {
      expect(without?.[task]).toBeGreaterThan(little?.[task] ?? 1);
      expect(little?.[task]).toBeGreaterThan(much?.[task] ?? 1);
    }
    expect(again).toEqual(much);
  });

  it('an unknown name of a demo model is refused', () => {
    expect(() => findModel('gpt')).toThrow(
      "Model 'gpt' not found in available models: nearest-template, majority, random",
    );
  });
});

describe('the limit', () => {
  it.each([
    [null, 200],
    [-1, 200],
    [1, 1],
    [2.7, 2],
    [0.25, 50],
    [0.0001, 1],
    [5000, 200],
  ])('the limit %s leaves %i samples', (limit, samples) => {
    expect(sampleCount(limit)).toBe(samples);
  });

  it.each([0, -2, Number.NaN])('the limit %s is refused', (limit) => {
    expect(() => sampleCount(limit)).toThrow('--limit must be -1 or positive');
  });
});
