/** How a line is drawn: a colour, and what is distinct without colours. */
export const COLOURS = 8;

const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [16, 4]];

export type Mark = 'circle' | 'square' | 'diamond' | 'triangle';
const marks: readonly Mark[] = ['circle', 'square', 'diamond', 'triangle'];

/** @param index which line it is. */
export const strokeOf = (index: number): { colour: number; dash: readonly number[]; mark: Mark } => ({
  colour: index % COLOURS,
  dash: dashes[Math.floor(index / COLOURS) % dashes.length] ?? [],
  mark: marks[index % marks.length] ?? 'circle',
});

/** The outline of a mark around a point, as commands of SVG. @param size from its middle to its edge. */
export function markPath(mark: Mark, x: number, y: number, size: number): string {
  switch (mark) {
    case 'circle':
      return `M${x - size} ${y}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0Z`;
    case 'square':
      return `M${x - size} ${y - size}h${2 * size}v${2 * size}h${-2 * size}Z`;
    case 'diamond':
      return `M${x} ${y - 1.3 * size}l${1.3 * size} ${1.3 * size}l${-1.3 * size} ${1.3 * size}l${-1.3 * size} ${-1.3 * size}Z`;
    case 'triangle':
      return `M${x} ${y - 1.2 * size}l${1.2 * size} ${2.2 * size}h${-2.4 * size}Z`;
  }
}

/** The same on a canvas: thousands of paths would be slow to read as text. */
export function traceMark(path: Path2D, mark: Mark, x: number, y: number, size: number): void {
  switch (mark) {
    case 'circle':
      path.moveTo(x + size, y);
      path.arc(x, y, size, 0, 2 * Math.PI);
      return;
    case 'square':
      path.rect(x - size, y - size, 2 * size, 2 * size);
      return;
    case 'diamond':
      path.moveTo(x, y - 1.3 * size);
      path.lineTo(x + 1.3 * size, y);
      path.lineTo(x, y + 1.3 * size);
      path.lineTo(x - 1.3 * size, y);
      path.closePath();
      return;
    case 'triangle':
      path.moveTo(x, y - 1.2 * size);
      path.lineTo(x + 1.2 * size, y + size);
      path.lineTo(x - 1.2 * size, y + size);
      path.closePath();
      return;
  }
}
