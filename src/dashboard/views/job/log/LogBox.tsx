import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ScrollBox } from '../../../parts/ScrollBox.tsx';
import { bytesText } from '../../../text.ts';
import { LogLine } from './LogLine.tsx';
import type { LogState } from './logView.ts';
import type { OpenedLog } from './useLog.ts';

/** Pixels from an edge of what is held at which more is read. */
const NEAR = 800;
/** Steps of the bar at the side. */
const STEPS = 1_000;

type Props = { log: OpenedLog; state: LogState; isWrapped: boolean; needle: string };

/**
 * The rows of a log in a box that scrolls. When rows come or go above, what is seen stays where it is. Beside it is a bar for
 * all of the log, where the rows are only a part of it.
 */
export function LogBox({ log, state, isWrapped, needle }: Props) {
  const { view } = log;
  const { rows, size, isFollowing, reveal } = state;
  const box = useRef<HTMLElement>(null);
  const list = useRef<HTMLDivElement>(null);
  /** The first row that is seen, and how far it is from the upper edge. */
  const anchor = useRef<{ start: number; top: number } | null>(null);
  const revealed = useRef<LogState['reveal']>(null);
  const [topByte, setTopByte] = useState(0);

  const elementOf = (start: number): HTMLElement | null => {
    const found = list.current?.children[rows.findIndex((row) => row.start === start)];
    return found instanceof HTMLElement ? found : null;
  };
  const remember = () => {
    const { current } = box;
    const row = rows[firstSeen(list.current, current?.scrollTop ?? 0)];
    if (current === null || row === undefined) return;
    anchor.current = { start: row.start, top: (elementOf(row.start)?.offsetTop ?? 0) - current.scrollTop };
    setTopByte(row.start);
  };

  useLayoutEffect(() => {
    const { current } = box;
    if (current === null) return;
    const kept = anchor.current && elementOf(anchor.current.start);
    if (reveal !== revealed.current) {
      revealed.current = reveal;
      const row = reveal && elementOf(reveal.start);
      if (row) current.scrollTop = row.offsetTop - current.clientHeight / 3;
      else if (reveal === null) current.scrollTop = 0;
    } else if (!isFollowing && kept && anchor.current) {
      current.scrollTop = kept.offsetTop - anchor.current.top;
    }
    if (isFollowing) current.scrollTop = current.scrollHeight;
    remember();
  }, [rows, reveal, isFollowing, isWrapped]);

  const onScroll = () => {
    const { current } = box;
    if (current === null) return;
    remember();
    const left = current.scrollHeight - current.clientHeight - current.scrollTop;
    const isAtEnd = (rows.at(-1)?.end ?? 0) >= (size ?? 0);
    view.follow(isAtEnd && left < 4);
    if (current.scrollTop < NEAR) void view.extendUp();
    if (left < NEAR && !isAtEnd) void view.extendDown();
  };
  // Few rows may not fill the box: then nothing scrolls that would read more.
  useEffect(() => {
    const { current } = box;
    if (current === null || rows.length === 0) return;
    if (current.scrollHeight <= current.clientHeight + NEAR && (rows.at(-1)?.end ?? 0) < (size ?? 0)) {
      void view.extendDown();
    }
  }, [rows, size]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    void (event.key === 'Home' ? view.toByte(0) : view.toEnd());
  };
  const onSlide = (event: Event) => {
    const step = event.currentTarget instanceof HTMLInputElement ? Number(event.currentTarget.value) : 0;
    void (step >= STEPS ? view.toEnd() : view.toByte(Math.floor(((size ?? 0) * step) / STEPS)));
  };

  const isPart = size !== null && rows.length > 0 && (rows[0]?.start !== 0 || (rows.at(-1)?.end ?? 0) < size);
  let line = state.firstNumber;
  return (
    <div class={isPart ? 'log-frame log-part' : 'log-frame'}>
      <ScrollBox
        class={isWrapped ? 'log-box log-wrapped' : 'log-box'}
        box={box}
        label="Lines of the log"
        onScroll={onScroll}
        onKeyDown={onKeyDown}
      >
        <div class="log-rows" ref={list}>
          {rows.map((row) => {
            const number = line;
            if (line !== null && row.isLast) line++;
            const isSelected = state.selected === row.start;
            return <LogLine key={row.start} {...{ row, number, isSelected, needle, log }} />;
          })}
        </div>
      </ScrollBox>
      {isPart && (
        <input
          class="log-slider"
          type="range"
          min={0}
          max={STEPS}
          value={isFollowing ? STEPS : Math.round((topByte / size) * STEPS)}
          aria-label="Part of the log"
          aria-valuetext={`${bytesText(topByte)} of ${bytesText(size)}`}
          onInput={onSlide}
          // The keys of the log go on doing something.
          onPointerUp={() => box.current?.focus()}
        />
      )}
    </div>
  );
}

/** The index of the first row that reaches below the upper edge. */
function firstSeen(list: HTMLElement | null, top: number): number {
  const rows = list?.children ?? [];
  let [low, high] = [0, rows.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = rows[middle];
    if (row instanceof HTMLElement && row.offsetTop + row.offsetHeight <= top) low = middle + 1;
    else high = middle;
  }
  return low;
}
