import type { RefObject } from 'preact';
import type { JobInfo } from '../../../../client/index.ts';
import { Download } from '../../../parts/Download.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import { useLive } from '../../../state/live.ts';
import { count } from '../../../text.ts';
import { CopyLog } from './CopyLog.tsx';
import type { LogState } from './logView.ts';
import type { OpenedLog } from './useLog.ts';

type Props = {
  job: JobInfo;
  /** Of a split job the task whose log it is. */
  task: string | undefined;
  log: OpenedLog;
  state: LogState;
  field: RefObject<HTMLInputElement | null>;
  isWrapped: boolean;
  onWrap(): void;
};

/** What can be done with a log: search, jumps, how it is shown, and taking it along. */
export function LogTools({ job, task, log, state, field, isWrapped, onWrap }: Props) {
  const { client } = useLive();
  const { view } = log;
  const { find, size, isFollowing } = state;
  const search = (event: SubmitEvent) => {
    event.preventDefault();
    const q = field.current?.value ?? '';
    if (q === '') view.endSearch();
    else if (find?.what.kind === 'text' && find.what.text === q) view.step(1);
    else log.ask({ q });
  };
  const toLine = (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget;
    const given = form instanceof HTMLFormElement ? Number(new FormData(form).get('line')) : 0;
    if (Number.isInteger(given) && given > 0) log.ask({ line: given });
  };
  const path = `jobs/${encodeURIComponent(job.job_id)}/log?raw=1${task === undefined ? '' : `&task=${encodeURIComponent(task)}`}`;
  return (
    <div class="log-tools">
      <search class="log-find">
        <form class="log-search" onSubmit={search}>
          <Icon name="search" />
          <input
            ref={field}
            type="search"
            aria-label="Search the log"
            placeholder="Search the log"
            defaultValue={find?.what.kind === 'text' ? find.what.text : ''}
            autoComplete="off"
            spellcheck={false}
          />
          <Hits log={log} state={state} />
        </form>
      </search>
      <button type="button" onClick={() => view.search({ kind: 'error' })}>
        <Icon name="warning" /> First error
      </button>
      <form class="log-line" onSubmit={toLine}>
        <input name="line" aria-label="Go to line" placeholder="Line" inputMode="numeric" autoComplete="off" />
      </form>
      <span class="log-toggles">
        <button type="button" aria-pressed={isWrapped} onClick={onWrap}>
          Wrap
        </button>
        <button
          type="button"
          aria-pressed={job.status === 'running' ? isFollowing : undefined}
          onClick={() => view.toEnd()}
        >
          {job.status === 'running' ? 'Follow' : 'To the end'}
        </button>
      </span>
      <span class="log-take">
        <CopyLog job={job} task={task} />
        <Download
          path={path}
          name={`${job.job_id}.log`}
          size={size}
          load={() => client.logResponse(job.job_id, { task })}
        />
      </span>
    </div>
  );
}

/** How many lines were found, which of them is shown, and how far the search is. */
function Hits({ log: { view }, state: { find, size } }: { log: OpenedLog; state: LogState }) {
  if (find === null) return null;
  const percent = Math.round((100 * find.scanned) / Math.max(1, size ?? 1));
  const known = find.current === null ? '' : `${count(find.current + 1)} of `;
  const lines = find.count === 1 ? '1 line' : `${count(find.count)} lines`;
  const beyond = find.count > find.hits.length ? `, the first ${count(find.hits.length)} can be shown` : '';
  const found = find.what.kind === 'error' ? (find.isDone ? '' : 'looking for an error') : `${known}${lines}${beyond}`;
  return (
    <>
      {/* Busy, it is not read out at each piece that was read. */}
      <span class="log-hits quiet-text number" role="status" aria-busy={!find.isDone}>
        {found}
        {!find.isDone && `, ${percent} % read`}
      </span>
      {find.what.kind === 'text' && (
        <>
          <button type="button" class="quiet" aria-label="Previous hit" onClick={() => view.step(-1)}>
            <Icon name="previous" />
          </button>
          <button type="button" class="quiet" aria-label="Next hit" onClick={() => view.step(1)}>
            <Icon name="next" />
          </button>
        </>
      )}
      <button
        type="button"
        class="quiet"
        aria-label={find.isDone ? 'Clear the search' : 'Stop the search'}
        onClick={view.endSearch}
      >
        <Icon name="close" />
      </button>
    </>
  );
}
