import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Mark } from './Detail.tsx';
import { cutOf, cutText, readSample, type Sample } from './readSample.ts';
import { Verdict } from './Verdict.tsx';

/** Characters of a text that a row may show. */
const SHOWN = 200;

type Props = {
  samples: readonly Sample[];
  marks: readonly Mark[];
  /** Which of all that the filter lets through the first one is. */
  offset: number;
  /** Which one is shown, from 1 in all that the filter lets through. */
  chosen: number;
  hrefOf(number: number): string;
};

/** The samples of a page, a row each. */
export function SampleList({ samples, marks, offset, chosen, hrefOf }: Props) {
  const box = useRef<HTMLOListElement>(null);
  // Samples may be large: they are read once, and not at each step through them.
  const summaries = useMemo(() => samples.map(summaryOf), [samples]);
  useEffect(() => {
    const [list, row] = [box.current, box.current?.querySelector<HTMLElement>('[aria-current]')?.parentElement];
    if (!list || !row) return;
    // Not scrollIntoView: it would move the page as well.
    const [top, bottom] = [row.offsetTop, row.offsetTop + row.offsetHeight];
    if (top < list.scrollTop) list.scrollTop = top;
    else if (bottom > list.scrollTop + list.clientHeight) list.scrollTop = bottom - list.clientHeight;
  }, [chosen, samples]);
  return (
    <ol class="sample-list" ref={box} aria-label="Samples">
      {summaries.map(({ id, target, answer }, at) => {
        const number = offset + at + 1;
        const mark = marks[at];
        return (
          <li key={number}>
            <a class="sample-row" href={hrefOf(number)} aria-current={number === chosen ? 'true' : undefined}>
              <span class="sample-row-head">
                {mark && <Verdict mark={mark} isShort />}
                <span class="number">{id ?? `#${mark?.index ?? number}`}</span>
              </span>
              <span class="sample-row-texts">
                <span class="cut">{answer === '' ? <i>empty answer</i> : <bdi>{answer}</bdi>}</span>
                {target !== null && (
                  <span class="cut quiet-text">
                    target: <bdi>{target}</bdi>
                  </span>
                )}
              </span>
            </a>
          </li>
        );
      })}
    </ol>
  );
}

function summaryOf(sample: Sample): { id: string | null; target: string | null; answer: string } {
  const cut = cutOf(sample);
  if (cut !== null) return { id: null, target: null, answer: `not shown: ${cut.reason}` };
  const { id, target, answer, question } = readSample(sample);
  const short = (text: string) => cutText(text, SHOWN);
  return {
    id: id === null ? null : cutText(id, 24),
    target: target === null ? null : short(target),
    answer: short(answer ?? question ?? ''),
  };
}
