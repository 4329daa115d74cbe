import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../../keys.ts';
import { ScrollBox } from '../../parts/ScrollBox.tsx';

/** How the drawing is sized: as wide as there is room, but to be read; all of it; or a part of its own size. */
type Size = 'readable' | 'all' | number;

const STEP = 1.25;
const [SMALLEST, LARGEST] = [0.2, 4];

type Props = {
  name: string;
  /** Pixels of the drawing in its own size. */
  width: number;
  /** Whether it is lit. */
  isReady: boolean;
  /** What else can be chosen. */
  choice: ComponentChildren;
  children: ComponentChildren;
};

/** A drawing in a box in which it is enlarged and moved, by buttons, keys and the pointer. */
export function Stage({ name, width, isReady, choice, children }: Props) {
  const box = useRef<HTMLElement>(null);
  const [size, setSize] = useState<Size>('readable');
  useEffect(() => setSize('readable'), [name]);
  useEffect(() => {
    if (isReady && box.current) showLit(box.current);
  }, [name, width, isReady]);

  const zoom = (factor: number) => {
    const shown = box.current?.querySelector('svg')?.getBoundingClientRect().width ?? width;
    setSize(Math.min(LARGEST, Math.max(SMALLEST, (shown / width) * factor)));
  };
  useKeys([
    { key: '+', label: 'Enlarge the chart', act: () => zoom(STEP) },
    { key: '-', label: 'Make the chart smaller', act: () => zoom(1 / STEP) },
    { key: '0', label: 'Show all of the chart', act: () => setSize('all') },
  ]);
  const isOwn = typeof size === 'number';
  return (
    <div class="stage panel">
      <div class="stage-buttons">
        {choice}
        <button type="button" aria-label="Make smaller" onClick={() => zoom(1 / STEP)}>
          −
        </button>
        <button type="button" aria-label="Enlarge" onClick={() => zoom(STEP)}>
          +
        </button>
        <button type="button" aria-pressed={size === 'all'} onClick={() => setSize('all')}>
          Fit
        </button>
        <button type="button" aria-pressed={size === 'readable'} onClick={() => setSize('readable')}>
          Readable
        </button>
      </div>
      <ScrollBox
        box={box}
        class={`stage-box stage-${isOwn ? 'own' : size}`}
        style={{ '--own': `${(isOwn ? size : 1) * width}px` }}
        label={`The chart ${name}`}
        onPointerDown={drag}
      >
        {children}
      </ScrollBox>
    </div>
  );
}

/** Has the middle of what is lit in the middle of the box, when not all of the drawing is in it. */
function showLit(box: HTMLElement): void {
  const lit = [...box.querySelectorAll('.lit:not(.compound, .parallel) > .box')].map((one) =>
    one.getBoundingClientRect(),
  );
  if (lit.length === 0) return;
  const outer = box.getBoundingClientRect();
  const middle = (from: 'left' | 'top', to: 'right' | 'bottom') =>
    (Math.min(...lit.map((one) => one[from])) + Math.max(...lit.map((one) => one[to])) - outer[from] - outer[to]) / 2;
  box.scrollBy({ left: middle('left', 'right'), top: middle('top', 'bottom'), behavior: 'instant' });
}

/** Moves what is in a box with a mouse; fingers do it by themselves. */
function drag(event: PointerEvent): void {
  const box = event.currentTarget;
  if (!(box instanceof HTMLElement) || event.pointerType !== 'mouse' || event.button !== 0) return;
  const from = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop };
  box.setPointerCapture(event.pointerId);
  const move = ({ clientX, clientY }: PointerEvent) => box.scrollTo(from.x - clientX, from.y - clientY);
  box.addEventListener('pointermove', move);
  // Also when the pointer is taken away from it.
  box.addEventListener('lostpointercapture', () => box.removeEventListener('pointermove', move), { once: true });
}
