import { bytesText, count } from '../../../text.ts';
import { type Segment, segmentsOf, withHits } from './ansi.ts';
import type { Row } from './rows.ts';
import type { OpenedLog } from './useLog.ts';

/** Taking a row apart costs more than drawing it: each is taken apart once. */
const known = new WeakMap<Row, Segment[]>();

type Props = { row: Row; number: number | null; isSelected: boolean; needle: string; log: OpenedLog };

/** A row of a log: its number, which links to it, and its text in colours. */
export function LogLine({ row, number, isSelected, needle, log }: Props) {
  const segments = known.get(row) ?? segmentsOf(row.text);
  known.set(row, segments);
  const shown = needle === '' ? segments : withHits(segments, needle);
  const mark = (event: MouseEvent) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    log.mark(row, number);
  };
  return (
    <div class={isSelected ? 'log-row log-selected' : 'log-row'}>
      <a
        class="log-number"
        href={log.addressOf(row, number)}
        onClick={mark}
        tabIndex={-1}
        aria-label={number === null ? `Byte ${count(row.start)}` : `Line ${number}`}
      >
        {row.isFirst ? (number ?? '·') : '…'}
      </a>
      <span class="log-text">
        {shown.map(({ text, look, isHit }, at) => {
          const Tag = isHit ? 'mark' : 'span';
          return (
            <Tag key={at} class={look === '' ? undefined : look}>
              {text}
            </Tag>
          );
        })}
        {row.hidden > 0 && <span class="log-note"> … {bytesText(row.hidden)} more of this line are not shown</span>}
      </span>
    </div>
  );
}
