import type { Random } from '../random.ts';
import { draw } from './image.ts';
import type { DemoTask, Sample } from './task.ts';

const CELL = 8;
const CELLS_A_SIDE = 4;
const SIZE = { width: CELL * CELLS_A_SIDE, height: CELL * CELLS_A_SIDE };
const SMALLEST = 4;
const LARGEST = 6;

/** Whether a shape of a size has ink at a place within its own square. */
type Shape = (column: number, row: number, size: number) => boolean;

const SHAPES: readonly Shape[] = [
  function square() {
    return true;
  },
  function disc(column, row, size) {
    const centre = (size - 1) / 2;
    return Math.hypot(column - centre, row - centre) <= size / 2;
  },
  function triangle(column, row) {
    return column <= row;
  },
  function cross(column, row, size) {
    const middle = (place: number) => Math.abs(place - (size - 1) / 2) <= 1;
    return middle(column) || middle(row);
  },
];

// Three is the most frequent count; the edges are rare.
const COUNTS = [1, 2, 4, 3, 2, 1].map((weight, index) => ({ value: index + 1, weight }));

/** How many shapes are there? Squares, discs, triangles and crosses that never touch, under noise. */
export const shapes: DemoTask = {
  name: 'demo_shapes',
  question: 'How many shapes does the image show?',
  description: 'One to six bright shapes (square, disc, triangle, cross) in 32x32 grey pixels, under noise.',
  answers: COUNTS.map((entry) => String(entry.value)),
  generate,
};

function generate(random: Random): Sample {
  const count = random.weighted(COUNTS);
  const ink = new Set<number>();
  // One shape a cell of a grid, and a blank edge in each cell: shapes stay apart without trial and error.
  const cells = random.shuffled(Array.from({ length: CELLS_A_SIDE ** 2 }, (_, cell) => cell)).slice(0, count);
  for (const cell of cells) {
    const size = SMALLEST + random.below(LARGEST - SMALLEST + 1);
    const left = (cell % CELLS_A_SIDE) * CELL + random.below(CELL - size);
    const top = Math.floor(cell / CELLS_A_SIDE) * CELL + random.below(CELL - size);
    const shape = SHAPES[random.below(SHAPES.length)];
    for (let row = 0; row < size; row += 1) {
      for (let column = 0; column < size; column += 1) {
        if (shape?.(column, row, size)) ink.add((top + row) * SIZE.width + left + column);
      }
    }
  }
  const background = 50 + random.below(30);
  const exposure = { background, ink: background + 90 + random.below(40), noise: 24 };
  const image = draw(SIZE, (column, row) => ink.has(row * SIZE.width + column), exposure, random);
  return { image, answer: String(count) };
}
