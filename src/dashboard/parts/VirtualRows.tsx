import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { ComponentChildren } from 'preact';
import { useEffect, useReducer, useRef } from 'preact/hooks';
import { ScrollBox } from './ScrollBox.tsx';

type Props = {
  count: number;
  /** Pixels of a row, all alike. */
  rowHeight: number;
  render(index: number): ComponentChildren;
  label: string;
  /** Is called with the index of the last row that is drawn. */
  onReach?: (index: number) => void;
  /** Scrolls until this row is visible. */
  shown?: number | undefined;
};

/** Rows of which only the visible ones are drawn, in a box that scrolls. */
export function VirtualRows({ count, rowHeight, render, label, onReach, shown }: Props) {
  const box = useRef<HTMLElement>(null);
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0);
  const virtualizer = useRef<Virtualizer<HTMLElement, Element> | null>(null);
  const options = {
    count,
    estimateSize: () => rowHeight,
    getScrollElement: () => box.current,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    overscan: 12,
    onChange: () => redraw(undefined),
  };
  virtualizer.current ??= new Virtualizer(options);
  virtualizer.current.setOptions(options);
  useEffect(() => virtualizer.current?._didMount(), []);
  useEffect(() => virtualizer.current?._willUpdate());
  useEffect(() => {
    if (shown !== undefined && shown >= 0) virtualizer.current?.scrollToIndex(shown, { align: 'auto' });
  }, [shown]);
  const items = virtualizer.current.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => onReach?.(last), [last, count]);
  return (
    <ScrollBox class="rows" box={box} label={label}>
      <div class="rows-all" style={{ height: `${virtualizer.current.getTotalSize()}px` }}>
        {items.map(({ index, start }) => (
          <div class="rows-one" key={index} style={{ transform: `translateY(${start}px)`, height: `${rowHeight}px` }}>
            {render(index)}
          </div>
        ))}
      </div>
    </ScrollBox>
  );
}
