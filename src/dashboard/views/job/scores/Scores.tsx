import { useState } from 'preact/hooks';
import type { JobInfo, JobResults } from '../../../../client/index.ts';
import { causeOf, shortId } from '../../../../text/jobs.ts';
import { go, href, useLocation } from '../../../location.ts';
import { CopyButton } from '../../../parts/Copy.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import { Empty, ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { SaveButton } from '../../../parts/SaveButton.tsx';
import { Segments } from '../../../parts/Segments.tsx';
import { serverAddress } from '../../../session.ts';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';
import { count } from '../../../text.ts';
import { AnswerTable, MadeBy } from './MadeBy.tsx';
import { csv, markdown, rowsOf } from './rows.ts';
import { ScoreTable } from './ScoreTable.tsx';

/** Rows that are drawn before the reader asks for all: a results file may have 50,000 scores. */
const SHOWN = 300;
/** From so many rows on they can be searched. */
const SEARCHED = 12;

/** The numbers of a job: each with its error and n, what became of the answers, and what made them. */
export function Scores({ job }: { job: JobInfo }) {
  const { client } = useLive();
  const { job_id: id } = job;
  const hasNumbers = job.metrics !== null || job.partial_metrics !== null;
  const results = useResource(hasNumbers ? `${id} ${job.status}` : null, (signal) => client.results(id, { signal }));
  if (!hasNumbers) return <NoNumbers job={job} />;
  if (results.value === null) {
    return results.error ? <ErrorNote error={results.error} retry={results.reload} /> : <Skeleton lines={6} />;
  }
  return <Numbers job={job} results={results.value} />;
}

function Numbers({ job, results }: { job: JobInfo; results: JobResults }) {
  const { path, query } = useLocation();
  const [areAllShown, setAllShown] = useState(false);
  const isMerged = results.merged !== null && query.get('runs') !== 'this';
  const areExact = query.get('digits') === 'all';
  const searched = query.get('q') ?? '';
  const show = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(query);
    if (value === undefined || value === '') next.delete(name);
    else next.set(name, value);
    go(href(path, next), { replace: true });
  };
  const all = rowsOf(results, isMerged);
  const found = all.filter(({ task, metric }) => `${task} ${metric}`.toLowerCase().includes(searched.toLowerCase()));
  const rows = areAllShown ? found : found.slice(0, SHOWN);
  const name = `scores-${shortId(job.job_id)}.csv`;
  return (
    <div class="scores">
      {results.partial && <Partial job={job} isMerged={isMerged} />}
      {results.warnings.map((warning) => (
        <p key={warning} class="note note-warning">
          <Icon name="warning" />
          <span>{warning}</span>
        </p>
      ))}
      <div class="toolbar">
        {results.merged !== null && (
          <Segments
            label="Of which runs"
            value={isMerged ? 'all' : 'this'}
            onChoose={(value) => show('runs', value)}
            options={[
              { value: 'all', label: 'With the runs it repeats' },
              { value: 'this', label: 'This run alone' },
            ]}
          />
        )}
        <Segments
          label="Digits"
          value={areExact ? 'all' : 'three'}
          onChoose={(value) => show('digits', value === 'all' ? value : undefined)}
          options={[
            { value: 'three', label: '3 decimals' },
            { value: 'all', label: 'All digits' },
          ]}
        />
        {all.length > SEARCHED && (
          <input
            type="search"
            aria-label="Find a task or metric"
            placeholder="Find a task or metric"
            value={searched}
            onInput={({ currentTarget }) => show('q', currentTarget.value)}
          />
        )}
        <span class="toolbar-end">
          <CopyButton text={markdown(found)} label="Copy as Markdown" />
          <CopyButton text={csv(found)} label="Copy as CSV" />
          <SaveButton name={name} label="Download CSV" make={() => new Blob([csv(found)], { type: 'text/csv' })} />
        </span>
      </div>
      {found.length === 0 ? (
        <Empty title={searched === '' ? 'The harness wrote no score' : 'No task or metric has this in its name'} />
      ) : (
        <div class="panel table-panel">
          <ScoreTable rows={rows} areExact={areExact} withJobs={isMerged} />
          {rows.length < found.length && (
            <button type="button" class="quiet" onClick={() => setAllShown(true)}>
              Show all {count(found.length)}
            </button>
          )}
        </div>
      )}
      <AnswerTable job={job} samples={results.samples} />
      <MadeBy job={job} results={results} />
    </div>
  );
}

function Partial({ job, isMerged }: { job: JobInfo; isMerged: boolean }) {
  return (
    <div class="note note-warning" role="status">
      <Icon name="warning" />
      <div>
        <p>
          <b>Partial: not the whole of what was asked.</b> The job failed ({job.failure_kind}); these are the numbers
          that it had measured until then{isMerged && ', together with those of the jobs that it repeats'}.
        </p>
        <p class="quiet-text">{causeOf(job)}</p>
      </div>
    </div>
  );
}

/** Shows why, in a terminal. */
const logCommand = (id: string): string => `npx evald log --server ${serverAddress()} ${id}`;

/** Why there are no numbers. */
function NoNumbers({ job }: { job: JobInfo }) {
  switch (job.status) {
    case 'queued':
      return (
        <Empty title="No scores yet">The job waits in the queue. Its scores are here as soon as it has ended.</Empty>
      );
    case 'running':
      return <Empty title="No scores yet">The job runs. Its scores are here as soon as it has ended.</Empty>;
    case 'cancelled':
      return <Empty title="There are no scores">The job was cancelled before it ran. {job.error ?? ''}</Empty>;
    case 'failed':
      return (
        <Empty title="There are no scores" command={logCommand(job.job_id)}>
          The job failed ({job.failure_kind}) before it had measured anything. {causeOf(job)}
        </Empty>
      );
    case 'completed':
      return <Empty title="There are no scores">The results have no number.</Empty>;
  }
}
