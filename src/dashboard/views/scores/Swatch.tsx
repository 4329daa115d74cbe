import { markPath, strokeOf } from './plot/strokes.ts';

/** How a line is drawn. @param index which line. */
export function Swatch({ index }: { index: number }) {
  const { colour, dash, mark } = strokeOf(index);
  return (
    <svg class={`swatch line-${colour + 1}`} viewBox="0 0 30 12" width="30" height="12" aria-hidden="true">
      <path d="M1 6H29" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray={dash.join(' ')} />
      <path d={markPath(mark, 15, 6, 3.6)} fill="currentColor" />
    </svg>
  );
}
