/** A job on its way along an arrow of its chart. */
import { draw } from '../../drawing/drawing.ts';

/** Milliseconds that a token takes, and how many are shown at a time: more would only be a blur. */
const DURATION = 800;
const MOST = 12;

const still = matchMedia('(prefers-reduced-motion: reduce)');
let moving = 0;

/** Moves a token with a job's short name along a line. Readers that want no motion see the arrow marked, and that is all. */
export function moveToken(line: SVGPathElement | null, name: string): void {
  const svg = line?.ownerSVGElement;
  if (!line || !svg || still.matches || moving >= MOST || document.hidden) return;
  const token = draw('g', { class: 'token' }, [draw('circle', { r: 7 }), draw('text', { x: 11, y: 4 }, [name])]);
  svg.append(token);
  moving++;
  const length = line.getTotalLength();
  const start = performance.now();
  const step = (now: number) => {
    const part = Math.min(1, Math.max(0, (now - start) / DURATION));
    const { x, y } = line.getPointAtLength(length * eased(part));
    token.setAttribute('transform', `translate(${x} ${y})`);
    if (part < 1) {
      requestAnimationFrame(step);
      return;
    }
    token.remove();
    moving--;
  };
  step(start);
}

const eased = (part: number): number => (part < 0.5 ? 2 * part * part : 1 - (2 - 2 * part) ** 2 / 2);
