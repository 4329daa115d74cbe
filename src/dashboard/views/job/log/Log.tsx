import { useRef, useState } from 'preact/hooks';
import type { JobInfo } from '../../../../client/index.ts';
import { waitText } from '../../../../text/jobs.ts';
import { useKeys } from '../../../keys.ts';
import { href, type Location } from '../../../location.ts';
import { Empty, ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { bytesText } from '../../../text.ts';
import { LogBox } from './LogBox.tsx';
import { LogTools } from './LogTools.tsx';
import { useLog } from './useLog.ts';

const WRAP = 'evald.wrap';

/** The log of a job, of any length: followed while it runs. {@link createLogView} says how. */
export function Log({ job, location }: { job: JobInfo; location: Location }) {
  const task = taskOf(job, location);
  if (job.log !== null) {
    return (
      <>
        {job.parts !== null && <LogTasks job={job} task={task} />}
        <OpenedLog key={`${job.job_id} ${task}`} job={job} task={task} location={location} />
      </>
    );
  }
  if (job.completed_at !== null) return <Empty title="There is no log: it never ran" />;
  return (
    <Empty title="There is no log yet">
      {job.waiting_for === null
        ? 'It begins with the run.'
        : `It begins with the run. The job ${waitText(job.waiting_for)}.`}
    </Empty>
  );
}

/** The task whose log is shown: the one that the address names, else the one that was begun last; undefined: there is one log for all. */
function taskOf({ parts }: JobInfo, { query }: Location): string | undefined {
  if (parts === null) return undefined;
  const logged = parts.filter(({ log }) => log !== null);
  const named = logged.find(({ task }) => task === query.get('task'));
  return (named ?? logged.at(-1))?.task;
}

/** The logs of a split job: one a task. */
function LogTasks({ job: { job_id: id, parts }, task }: { job: JobInfo; task: string | undefined }) {
  const logged = (parts ?? []).filter(({ log }) => log !== null);
  return (
    <nav class="log-tasks" aria-label="Logs of the tasks">
      {logged.map((part) => (
        <a
          key={part.number}
          href={href(['jobs', id, 'log'], { task: part.task })}
          aria-current={part.task === task ? 'true' : undefined}
        >
          {part.task}
        </a>
      ))}
    </nav>
  );
}

type Opened = { job: JobInfo; task: string | undefined; location: Location };

function OpenedLog({ job, task, location }: Opened) {
  const log = useLog(job, task, location);
  const { state, view } = log;
  const field = useRef<HTMLInputElement>(null);
  const [isWrapped, setWrapped] = useState(() => localStorage.getItem(WRAP) !== 'no');
  const wrap = () => {
    localStorage.setItem(WRAP, isWrapped ? 'no' : 'yes');
    setWrapped(!isWrapped);
  };
  useKeys([
    { key: '/', label: 'Search the log', act: () => field.current?.select() },
    { key: 'n', label: 'Next hit', act: () => view.step(1) },
    { key: 'N', label: 'Previous hit', act: () => view.step(-1) },
    { key: 'e', label: 'First error', act: () => void view.search({ kind: 'error' }) },
    { key: 'w', label: 'Wrap long lines', act: wrap },
    { key: 'G', label: 'End of the log', act: () => void view.toEnd() },
    {
      key: 'Escape',
      label: 'Leave the search',
      act: () => {
        view.endSearch();
        field.current?.blur();
      },
    },
  ]);
  if (state === null || state.size === null) {
    return state?.error ? <ErrorNote error={state.error} retry={() => void view.grow()} /> : <Skeleton lines={8} />;
  }
  return (
    <div class="log">
      <LogTools job={job} task={task} log={log} state={state} field={field} isWrapped={isWrapped} onWrap={wrap} />
      {state.error && <ErrorNote error={state.error} retry={() => void view.grow()} />}
      {state.size === 0 ? (
        <Empty title="The log is empty">
          {job.completed_at === null ? 'Nothing has been written yet.' : 'The run wrote nothing.'}
        </Empty>
      ) : (
        <LogBox
          log={log}
          state={state}
          isWrapped={isWrapped}
          needle={state.find?.what.kind === 'text' ? state.find.what.text : ''}
        />
      )}
      <p class="log-facts quiet-text">
        <span>{bytesText(state.size)}</span>
        {job.status === 'running' && (
          <span>{state.isFollowing ? 'following' : 'not following: scroll to the end'}</span>
        )}
        {state.counted !== null && (
          <span class="number">lines are counted: {Math.round((100 * state.counted) / Math.max(1, state.size))} %</span>
        )}
        {state.firstNumber === null && state.counted === null && state.rows.length > 0 && (
          <button type="button" class="quiet" onClick={() => view.number()}>
            Number the lines, which reads the log to here
          </button>
        )}
        {state.note && <span role="status">{state.note}</span>}
      </p>
    </div>
  );
}
