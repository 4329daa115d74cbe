import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../parts/Icon.tsx';
import { type JobsView, viewKey } from './filters.ts';
import { readSearch, searchText } from './search.ts';

/** Milliseconds after a key before it is searched for. */
const TYPED = 250;

/** The filter as text: what is typed is searched for in a moment. @param onSearch the filter, read off the text. */
export function SearchBox({
  box,
  view,
  cleared,
  onSearch,
}: {
  box: RefObject<HTMLInputElement | null>;
  view: JobsView;
  /** Counts how often the text was cleared from outside. */
  cleared: number;
  onSearch(view: JobsView): void;
}) {
  const [text, setText] = useState(() => searchText(view));
  const said = useRef(viewKey(view));
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const key = viewKey(view);
  // The address has changed by other means than by typing: it is what stands in the box.
  useEffect(() => {
    if (key === said.current) return;
    said.current = key;
    clearTimeout(timer.current);
    setText(searchText(view));
  }, [key]);
  useEffect(() => {
    setText(searchText(view));
    return () => clearTimeout(timer.current);
  }, [cleared]);

  const search = (typed: string) => {
    const wanted: JobsView = { ...readSearch(typed).filters, order: view.order };
    said.current = viewKey(wanted);
    onSearch(wanted);
  };
  const type = (typed: string) => {
    setText(typed);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => search(typed), TYPED);
  };
  const { hints } = readSearch(text);
  return (
    <search class="jobs-search">
      <Icon name="search" />
      <input
        ref={box}
        type="search"
        aria-label="Search jobs"
        aria-describedby="jobs-hint"
        placeholder="Search: text, status: model: task: label: by:"
        title="run:r7 cuda: all that occurs in a job. status:failed, model:, task:, label:run:r7, by:alice: exactly that"
        autoComplete="off"
        spellcheck={false}
        maxLength={1_000}
        value={text}
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter') return;
          clearTimeout(timer.current);
          search(text);
        }}
      />
      {text === '' ? (
        <kbd title="The key / leads here">/</kbd>
      ) : (
        <button
          type="button"
          class="quiet"
          aria-label="Clear the search"
          onClick={() => {
            clearTimeout(timer.current);
            setText('');
            search('');
            box.current?.focus();
          }}
        >
          <Icon name="close" />
        </button>
      )}
      <p id="jobs-hint" class="jobs-hint" role="status">
        {hints.join('; ')}
      </p>
    </search>
  );
}
