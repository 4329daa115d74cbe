import type { Box, Point } from './graphviz.ts';
import { type Block, lineHeight, type Paragraph } from './textBlock.ts';

type Attributes = { [name: string]: string | number | undefined };

/** Space between a drawing and its edge, in pixels. */
const MARGIN = 12;

/** An element of a drawing, on lines of its own so that a change of the drawing is a readable diff. */
export function element(tag: string, attributes: Attributes, ...children: string[]): string {
  const text = Object.entries(attributes).flatMap(([name, value]) =>
    value === undefined ? [] : [` ${name}="${escaped(typeof value === 'number' ? String(rounded(value)) : value)}"`],
  );
  const open = `<${tag}${text.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join(tag === 'text' ? '' : '\n')}</${tag}>`;
}

/** Text as the content of an element. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** A whole drawing. @param name what it is, for who cannot see it. @param style its CSS. */
export function document(
  { name, style, width, height }: { name: string; style: string; width: number; height: number },
  ...children: string[]
): string {
  const size = { width: width + 2 * MARGIN, height: height + 2 * MARGIN };
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: 'drawing',
      role: 'img',
      'aria-label': name,
      viewBox: [-MARGIN, -MARGIN, size.width, size.height].map(rounded).join(' '),
      ...size,
    },
    `<style>\n${style.trim()}\n</style>`,
    element('rect', { class: 'paper', x: -MARGIN, y: -MARGIN, ...size, rx: 8 }),
    ...children,
  );
}

/** A text block. @param at its upper left corner. */
export function drawBlock(
  { paragraphs, width }: Block,
  at: Point,
  padding: number,
  align: 'start' | 'middle' = 'start',
): string[] {
  const x = align === 'start' ? at.x + padding : at.x + width / 2;
  let y = at.y + padding / 2;
  return paragraphs.map((paragraph) => {
    const top = y;
    y += paragraph.lines.length * lineHeight(paragraph.kind);
    return drawParagraph(paragraph, { x, y: top }, align);
  });
}

function drawParagraph({ kind, lines, id }: Paragraph, { x, y }: Point, align: 'start' | 'middle'): string {
  const line = lineHeight(kind);
  const anchor = align === 'start' ? undefined : align;
  // The base line lies about three quarters down a line.
  const place = { id, class: kind, x, y: y + line * 0.74, 'text-anchor': anchor, 'xml:space': 'preserve' };
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return element('text', place, escaped(only));
  const spans = lines.map((text, i) => element('tspan', { x, dy: i === 0 ? undefined : line }, escaped(text)));
  return element('text', place, ...spans);
}

/** A curve with a tip, and what is said beside it. */
export function drawArrow({ path, tip }: { path: readonly Point[]; tip: Point }): string[] {
  const [start, ...rest] = path;
  const end = rest.at(-1);
  if (start === undefined || end === undefined) throw new Error('an arrow needs a curve');
  return [
    element('path', { class: 'line', d: `M${spot(start)}C${rest.map(spot).join(' ')}` }),
    element('path', { class: 'tip', d: triangle(end, tip) }),
  ];
}

function triangle(base: Point, tip: Point): string {
  const [dx, dy] = [tip.x - base.x, tip.y - base.y];
  const side = (sign: 1 | -1): Point => ({ x: base.x - sign * dy * 0.42, y: base.y + sign * dx * 0.42 });
  return `M${spot(side(1))}L${spot(tip)}L${spot(side(-1))}Z`;
}

/** A box with round corners. */
export function drawBox({ x, y, width, height }: Box, inset = 0): string {
  const size = { width: width - 2 * inset, height: height - 2 * inset };
  return element('rect', { class: inset === 0 ? 'box' : 'rim', x: x + inset, y: y + inset, ...size, rx: 8 - inset });
}

const spot = ({ x, y }: Point): string => `${rounded(x)},${rounded(y)}`;

/** A tenth of a pixel is as fine as anyone sees. */
const rounded = (n: number): number => Math.round(n * 10) / 10;
