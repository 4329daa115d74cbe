import type { JobInfo } from '../../../../client/index.ts';
import { useKeys } from '../../../keys.ts';
import { go, href, type Location } from '../../../location.ts';
import { Icon } from '../../../parts/Icon.tsx';
import { Empty, ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { Segments } from '../../../parts/Segments.tsx';
import { useLive } from '../../../state/live.ts';
import { useResource } from '../../../state/useResource.ts';
import { count } from '../../../text.ts';
import { Detail } from './Detail.tsx';
import { NoSamples, tasksOf } from './NoSamples.tsx';
import { countOf, type Filter, filters, type Loaded, PAGE, readPage } from './page.ts';
import { SampleList } from './SampleList.tsx';
import { FilterLabel, Pager, Step } from './steps.tsx';

/** The samples of a job, by task and by what became of them; the address says which one is shown. */
export function Samples({ job, location }: { job: JobInfo; location: Location }) {
  const tasks = tasksOf(job);
  const [first] = tasks;
  if (first === undefined) return <NoSamples job={job} />;
  const asked = location.query.get('task');
  return <TaskSamples job={job} location={location} tasks={tasks} task={asked ?? first} />;
}

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
    async (signal) => ({ of, task, ...(await readPage(client, job.job_id, task, filter, offset, signal)) }),
    { keep: true },
  );
  const known = page.value;
  // What is kept of another task or filter would be a wrong answer to this address.
  const shown = known !== null && known.of === of ? known : null;
  const counts = known !== null && known.task === task ? known.counts : null;
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
        <Segments
          label="Which samples"
          value={filter}
          onChoose={(value) => go(addressOf(1, { filter: value }))}
          options={filters.map((name) => ({
            value: name,
            label: <FilterLabel name={name} counts={counts} />,
            isOff: counts !== null && countOf(counts, name) === 0,
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

/** How many answers are of an earlier run, by the harness's cache. */
function Cached({ job, task }: { job: JobInfo; task: string }) {
  const answers = job.answers;
  const cached = answers !== null && Object.hasOwn(answers, task) ? answers[task]?.cached : null;
  return cached ? <span class="quiet-text">{count(cached)} answers from the cache of an earlier run</span> : null;
}
