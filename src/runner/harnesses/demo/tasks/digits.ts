import type { Random } from '../random.ts';
import { DIGIT_INK, GLYPH } from './font.ts';
import { draw } from './image.ts';
import type { DemoTask, Sample } from './task.ts';

const SIZE = { width: 16, height: 16 };

const CLASSES = DIGIT_INK.map((ink, digit) => ({
  value: { ink, answer: String(digit) },
  // Zipf's law rather than a flat choice: a training prior is then worth something, and `majority` shows it.
  weight: 1 / (digit + 1),
}));

/** Which digit is it? One digit of a bitmap font, anywhere in the picture, at a random contrast, under noise. */
export const digits: DemoTask = {
  name: 'demo_digits',
  question: 'Which digit does the image show?',
  description: 'Noisy, shifted digits of a 5x7 bitmap font in 16x16 grey pixels; low digits are more frequent.',
  answers: CLASSES.map((entry) => entry.value.answer),
  generate,
};

function generate(random: Random): Sample {
  const { ink, answer } = random.weighted(CLASSES);
  const left = random.below(SIZE.width - GLYPH.width + 1);
  const top = random.below(SIZE.height - GLYPH.height + 1);
  const set = new Set(ink.map(({ column, row }) => (top + row) * SIZE.width + left + column));
  const background = 60 + random.below(30);
  const exposure = { background, ink: background + 70 + random.below(50), noise: 50 };
  return { image: draw(SIZE, (column, row) => set.has(row * SIZE.width + column), exposure, random), answer };
}
