import { createRandom, type Random } from '../random.ts';
import type { GreyImage } from './image.ts';

/** A picture and what is to be said about it. */
export type Sample = { readonly image: GreyImage; readonly answer: string };

/** A question about generated pictures. */
export type DemoTask = {
  readonly name: 'demo_digits' | 'demo_shapes';
  readonly question: string;
  readonly description: string;
  /** Every answer there is, as the task words it. */
  readonly answers: readonly string[];
  /** Draws one sample. */
  readonly generate: (random: Random) => Sample;
};

/** `test` is what models are scored on; `train` is what they may learn from. */
export type Split = 'test' | 'train';

/** Samples in the whole of either split. */
export const SPLIT_SIZE = 200;

/**
 * The first samples of a split, one by one. The same seed gives the same samples, and a shorter split is the
 * beginning of a longer one, so that `--limit` looks at part of the same data.
 *
 * @param count how many; at most {@link SPLIT_SIZE} of them exist.
 */
export function* generateSplit(task: DemoTask, split: Split, seed: number, count = SPLIT_SIZE): Generator<Sample> {
  const random = createRandom(`${task.name}/${split}/${seed}`);
  for (let index = 0; index < Math.min(count, SPLIT_SIZE); index += 1) yield task.generate(random);
}
