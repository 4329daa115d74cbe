import type { Inks } from './inks.ts';
import { markPath, strokeOf } from './strokes.ts';

const EDGE = 16;
const LINE = 20;
const TITLE = 26;
/** Characters of a name that are drawn. */
const LONGEST = 60;

/** A plot as PNG, with its title and what its lines are. */
export async function pictureOf(
  canvas: HTMLCanvasElement,
  title: string,
  legend: readonly { name: string; index: number }[],
  inks: Inks,
): Promise<Blob> {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.width / ratio + 2 * EDGE;
  const height = canvas.height / ratio + TITLE + legend.length * LINE + 2.5 * EDGE;
  const picture = document.createElement('canvas');
  picture.width = Math.ceil(width * ratio);
  picture.height = Math.ceil(height * ratio);
  const ink = picture.getContext('2d');
  if (ink === null) throw new Error('this browser draws no pictures');
  ink.fillStyle = inks.panel;
  ink.fillRect(0, 0, picture.width, picture.height);
  ink.drawImage(canvas, EDGE * ratio, (EDGE + TITLE) * ratio);
  ink.scale(ratio, ratio);
  ink.textBaseline = 'middle';
  ink.fillStyle = inks.text;
  ink.font = `600 ${inks.font.replace('12px', '14px')}`;
  ink.fillText(title.slice(0, 2 * LONGEST), EDGE, EDGE + TITLE / 2 - 4, width - 2 * EDGE);
  ink.font = inks.font;
  for (const [row, { name, index }] of legend.entries()) {
    const y = height - EDGE - (legend.length - row - 0.5) * LINE;
    const { colour, dash, mark } = strokeOf(index);
    ink.strokeStyle = ink.fillStyle = inks.lines[colour] ?? inks.text;
    ink.lineWidth = 2;
    ink.setLineDash([...dash]);
    ink.stroke(new Path2D(`M${EDGE} ${y}h30`));
    ink.fill(new Path2D(markPath(mark, EDGE + 15, y, 3.6)));
    ink.fillStyle = inks.text;
    ink.fillText(name.slice(0, LONGEST), EDGE + 40, y, width - 2 * EDGE - 40);
  }
  return new Promise((resolve, reject) =>
    picture.toBlob((blob) => (blob === null ? reject(new Error('the picture is empty')) : resolve(blob)), 'image/png'),
  );
}
