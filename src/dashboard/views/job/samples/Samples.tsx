import type { Client, JobInfo, SamplesPage } from '../../../../client/index.ts';
import { useKeys } from '../../../keys.ts';
import { go, href, type Location } from '../../../location.ts';
import { Choice } from '../../../parts/Choice.tsx';
import { Icon } from '../../../parts/Icon.tsx';
import { Empty, ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';
import { causeOf, count } from '../../../text.ts';
import { Detail } from './Detail.tsx';
import { SampleList } from './SampleList.tsx';

/** Samples a page of the list. */
const PAGE = 50;

const filters = ['all', 'wrong', 'right', 'undecided', 'empty', 'failed'] as const;
type Filter = (typeof filters)[number];

/** The samples of a job, by task and by what became of them; the address says which one is shown. */
export function Samples({ job, location }: { job: JobInfo; location: Location }) {
  const tasks = tasksOf(job);
  const [first] = tasks;
  if (first === undefined) return <NoSamples job={job} />;
  const asked = location.query.get('task');
  return <TaskSamples job={job} location={location} tasks={tasks} task={asked ?? first} />;
}

type Loaded = Pick<SamplesPage, 'total' | 'offset' | 'samples' | 'partial'> & {
  of: string;
  counts: NonNullable<SamplesPage['counts']>;
  marks: NonNullable<SamplesPage['marks']>;
};

function TaskSamples({
  job,
  location: { path, query },
  tasks,
  task,
}: {
  job: JobInfo;
  location: Location;
  tasks: readonly string[];
  task: string;
}) {
  const { client } = useLive();
  const filter = filters.find((name) => name === query.get('filter')) ?? 'all';
  const chosen = Math.max(1, Math.trunc(Number(query.get('sample') ?? 1)) || 1);
  const offset = Math.floor((chosen - 1) / PAGE) * PAGE;
  const of = JSON.stringify([job.job_id, task, filter]);
  const page = useResource<Loaded>(
    `${of} ${offset}`,
    async (signal) => ({ of, ...(await readPage(client, job.job_id, task, filter, offset, signal)) }),
    { keep: true },
  );
  const known = page.value;
  // What is kept of another task or filter would be a wrong answer to this address.
  const shown = known !== null && known.of === of ? known : null;
  const total = shown?.total ?? 0;
  const addressOf = (number: number, other: { task?: string; filter?: Filter } = {}) => {
    const next = { task, filter, ...other };
    return href(path, {
      task: next.task,
      filter: next.filter === 'all' ? undefined : next.filter,
      sample: number === 1 ? undefined : number,
    });
  };
  const show = (number: number) => {
    if (number >= 1 && number <= total) go(addressOf(number), { replace: true });
  };
  useKeys([
    { key: 'ArrowLeft', label: 'Show the sample before', act: () => show(chosen - 1) },
    { key: 'ArrowRight', label: 'Show the next sample', act: () => show(chosen + 1) },
  ]);
  const at = shown === null ? -1 : chosen - 1 - shown.offset;
  const sample = shown?.samples[at];
  return (
    <div class="samples">
      <div class="toolbar">
        <label class="task-choice">
          Task{' '}
          <select
            value={task}
            onChange={({ currentTarget }) => go(addressOf(1, { task: currentTarget.value }))}
            disabled={tasks.length === 1 && tasks[0] === task}
          >
            {!tasks.includes(task) && <option value={task}>{task}</option>}
            {tasks.map((name) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <Choice
          label="Which samples"
          value={filter}
          onChoose={(value) => go(addressOf(1, { filter: value }))}
          options={filters.map((name) => ({
            value: name,
            label: <FilterLabel name={name} counts={known?.counts ?? null} />,
            isOff: known !== null && countOf(known.counts, name) === 0,
          }))}
        />
        <Cached job={job} task={task} />
      </div>
      {shown?.partial && (
        <p class="note note-warning">
          <Icon name="warning" />
          <span>
            <b>Partial.</b> The job failed ({job.failure_kind}): these are the samples that it had saved until then.
          </span>
        </p>
      )}
      {page.error && <ErrorNote error={page.error} retry={page.reload} />}
      {shown === null ? (
        !page.error && <Skeleton lines={8} />
      ) : total === 0 ? (
        <Empty title={filter === 'all' ? 'This task has no samples' : `No sample of this task is ${filter}`} />
      ) : (
        <div class="samples-parts">
          <section class="panel samples-left" aria-label="List of samples">
            <SampleList {...shown} chosen={chosen} hrefOf={addressOf} />
            <Pager total={total} offset={offset} hrefOf={addressOf} />
          </section>
          <article class="panel sample" aria-label="Sample">
            <div class="sample-head">
              <h2 class="number">
                {count(chosen)} <span class="quiet-text">of {count(total)}</span>
              </h2>
              <span class="sample-steps">
                <Step to={chosen - 1} total={total} show={show} icon="previous" label="Previous sample" />
                <Step to={chosen + 1} total={total} show={show} icon="next" label="Next sample" />
              </span>
            </div>
            {sample !== undefined ? (
              <Detail key={`${of} ${chosen}`} job={job} sample={sample} mark={shown.marks[at]} />
            ) : chosen > total ? (
              <Empty title={`There is no sample ${count(chosen)}`} />
            ) : (
              <Skeleton lines={6} />
            )}
          </article>
        </div>
      )}
    </div>
  );
}

/** A page of the list, whole: the server sends less at a time where samples are long. */
async function readPage(
  client: Client,
  id: string,
  task: string,
  filter: Filter,
  offset: number,
  signal: AbortSignal,
): Promise<Omit<Loaded, 'of'>> {
  const first = await client.samples(id, task, { filter, offset, limit: PAGE }, { signal });
  const samples = [...first.samples];
  const marks = [...(first.marks ?? [])];
  for (let next = first.next_offset; next !== null && next < offset + PAGE; ) {
    const more = await client.samples(id, task, { filter, offset: next, limit: offset + PAGE - next }, { signal });
    samples.push(...more.samples);
    marks.push(...(more.marks ?? []));
    next = more.next_offset;
  }
  const counts = first.counts ?? { right: 0, wrong: 0, undecided: 0, empty: 0, failed: 0 };
  return { total: first.total, partial: first.partial, offset, samples, marks, counts };
}

function Step({
  to,
  total,
  show,
  icon,
  label,
}: {
  to: number;
  total: number;
  show(number: number): void;
  icon: 'previous' | 'next';
  label: string;
}) {
  return (
    <button type="button" aria-label={label} disabled={to < 1 || to > total} onClick={() => show(to)}>
      <Icon name={icon} />
    </button>
  );
}

function Pager({ total, offset, hrefOf }: { total: number; offset: number; hrefOf(number: number): string }) {
  if (total <= PAGE) return null;
  const last = Math.min(total, offset + PAGE);
  return (
    <nav class="pager" aria-label="Pages of samples">
      {offset > 0 ? <a href={hrefOf(offset - PAGE + 1)}>Previous {PAGE}</a> : <span />}
      <span class="number quiet-text">
        {count(offset + 1)} to {count(last)} of {count(total)}
      </span>
      {last < total ? <a href={hrefOf(last + 1)}>Next {Math.min(PAGE, total - last)}</a> : <span />}
    </nav>
  );
}

const countOf = (counts: Loaded['counts'], filter: Filter): number =>
  filter === 'all' ? counts.right + counts.wrong + counts.undecided : counts[filter];

const icons = {
  wrong: 'failed',
  right: 'completed',
  undecided: 'undecided',
  empty: 'warning',
  failed: 'warning',
} as const;

function FilterLabel({ name, counts }: { name: Filter; counts: Loaded['counts'] | null }) {
  return (
    <>
      {name !== 'all' && <Icon name={icons[name]} />}
      {name === 'empty' || name === 'failed' ? `${name} answer` : name}
      {counts !== null && <span class="count">{count(countOf(counts, name))}</span>}
    </>
  );
}

/** How many answers are of an earlier run, by the harness's cache. */
function Cached({ job, task }: { job: JobInfo; task: string }) {
  const answers = job.answers;
  const cached = answers !== null && Object.hasOwn(answers, task) ? answers[task]?.cached : null;
  return cached ? <span class="quiet-text">{count(cached)} answers from the cache of an earlier run</span> : null;
}

/** The tasks of which a job has samples: `20261124_112235_samples_mme.jsonl` is of `mme`. */
export function tasksOf({ result, partial_result: partial, request }: JobInfo): string[] {
  const mark = '_samples_';
  // Those that were asked for, in their order; then the tasks of groups.
  const ranks = new Map(request.tasks.map((task, at) => [task, at]));
  const rank = (task: string) => ranks.get(task) ?? ranks.size;
  return Object.values(result ?? partial ?? {})
    .flatMap(({ samples }) => samples)
    .map((path) => path.slice(path.lastIndexOf('/') + 1).replace(/\.jsonl$/, ''))
    .map((name) => name.slice(name.indexOf(mark) + mark.length))
    .sort((one, other) => rank(one) - rank(other) || (one < other ? -1 : 1));
}

/** Why there are no samples. */
function NoSamples({ job }: { job: JobInfo }) {
  const { status, request } = job;
  if (status === 'queued' || status === 'running') {
    return <Empty title="No samples yet">Samples are here as soon as the job has ended; now it is {status}.</Empty>;
  }
  if (status === 'cancelled') return <Empty title="There are no samples">The job was cancelled before it ran.</Empty>;
  if (status === 'failed') {
    return <Empty title="There are no samples">The job failed before it had saved any. {causeOf(job)}</Empty>;
  }
  return (
    <Empty title="There are no samples">
      {request.log_samples
        ? 'The harness saved none.'
        : 'The job was asked to log none (log_samples: false). Repeat it with samples to see them.'}
    </Empty>
  );
}
