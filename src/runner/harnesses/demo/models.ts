import { createRandom } from './random.ts';
import type { GreyImage } from './tasks/image.ts';
import { type DemoTask, generateSplit } from './tasks/task.ts';
import { countRegions, nearestDigit } from './vision.ts';

/** Says what it takes a picture to show. It is given the picture alone, never the answer. */
export type Answerer = (image: GreyImage) => string;

/** A model: made ready for a task, it answers pictures. */
export type DemoModel = {
  readonly name: string;
  readonly description: string;
  /** @param seed seeds the training split and whatever the model draws at random. */
  readonly prepare: (task: DemoTask, seed: number) => Answerer;
};

const MODELS: readonly DemoModel[] = [
  {
    name: 'nearest-template',
    description: 'compares the pixels with the font, and counts the bright regions',
    prepare: (task) => (image) => String(task.name === 'demo_digits' ? nearestDigit(image) : countRegions(image)),
  },
  {
    name: 'majority',
    description: 'gives the most frequent answer of the training split, whatever the picture',
    prepare: (task, seed) => {
      const answer = mostFrequentAnswer(task, seed);
      return () => answer;
    },
  },
  {
    name: 'random',
    description: 'gives any of the possible answers, each as likely',
    prepare: (task, seed) => {
      const random = createRandom(`random/${task.name}/${seed}`);
      const choices = task.answers.map((value) => ({ value, weight: 1 }));
      return () => random.weighted(choices);
    },
  },
];

/** Every model's name. */
export const MODEL_NAMES: readonly string[] = MODELS.map((model) => model.name);

/** @throws Error in lmms-eval's words when there is no such model. */
export function findModel(name: string): DemoModel {
  const model = MODELS.find((candidate) => candidate.name === name);
  if (model === undefined) throw new Error(`Model '${name}' not found in available models: ${MODEL_NAMES.join(', ')}`);
  return model;
}

function mostFrequentAnswer(task: DemoTask, seed: number): string {
  const counts = new Map<string, number>(task.answers.map((answer) => [answer, 0]));
  for (const { answer } of generateSplit(task, 'train', seed)) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  // Sorting is stable: of two equally frequent answers the task's first is taken.
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0] ?? '';
}
