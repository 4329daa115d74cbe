import type { ComponentChildren } from 'preact';
import type { JobInfo, JobResults } from '../../../../client/index.ts';
import { checkpointPath, shortId } from '../../../../text/jobs.ts';
import { span } from '../../../../text/times.ts';
import { href } from '../../../location.ts';
import { CopyButton } from '../../../parts/Copy.tsx';
import { Ago } from '../../../parts/Time.tsx';
import { count } from '../../../text.ts';

/** What made the numbers: without it they say nothing. */
export function MadeBy({ job, results }: { job: JobInfo; results: JobResults }) {
  const { harness, git_hash: commit, evaluation_seconds: evaluated, duration_seconds: took } = results;
  const { num_gpus: gpus, limit, num_fewshot: shots, gen_kwargs: generation } = job.request;
  const checkpoint = checkpointPath(job.request);
  const [first] = Object.values(results.files);
  return (
    <section aria-labelledby="made-by" class="panel made-by">
      <h2 id="made-by">What made these numbers</h2>
      <dl>
        <Fact name="Harness">
          {harness.name ?? 'unknown'} {harness.version ?? ''}
        </Fact>
        <Fact name="Commit of the harness">
          {commit === null ? <span class="quiet-text">not noted</span> : <code>{commit}</code>}
        </Fact>
        <Fact name="Model">
          <bdi>{results.model}</bdi>
          {checkpoint !== null && (
            <>
              , <bdi>{checkpoint}</bdi>
            </>
          )}
        </Fact>
        <Fact name="GPUs">{gpus}</Fact>
        <Fact name="Samples a task">{limit === null || limit === -1 ? 'all' : String(limit)}</Fact>
        <Fact name="Examples before a question">{shots === null ? 'as the task says' : shots}</Fact>
        {generation !== null && (
          <Fact name="Generation">
            <code>{generation}</code>
          </Fact>
        )}
        <Fact name="Ended">
          <Ago time={job.completed_at} />
        </Fact>
        <Fact name="Took">
          {took === null ? 'unknown' : span(took)}
          {evaluated !== null && `, of which evaluating ${span(evaluated)}`}
        </Fact>
        {job.retry_of !== null && (
          <Fact name="Repeats">
            <a href={href(['jobs', job.retry_of, 'scores'])}>
              <code>{shortId(job.retry_of)}</code>
            </a>
          </Fact>
        )}
        {first !== undefined && (
          <Fact name="Results file, on the server" isWide>
            <code>{first.results}</code>
            <CopyButton text={first.results} label="Copy path" />
          </Fact>
        )}
      </dl>
    </section>
  );
}

function Fact({ name, isWide = false, children }: { name: string; isWide?: boolean; children: ComponentChildren }) {
  return (
    <div class={isWide ? 'wide' : ''}>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What became of the samples of each task. */
export function AnswerTable({ job, samples }: { job: JobInfo; samples: JobResults['samples'] }) {
  const tasks = Object.entries(samples).slice(0, MOST_TASKS);
  const more = Object.keys(samples).length - tasks.length;
  if (tasks.length === 0) return null;
  return (
    <section aria-labelledby="answers">
      <h2 id="answers">Answers</h2>
      <div class="panel table-panel">
        <table class="scores-table answers-table">
          <thead>
            <tr>
              <th scope="col">Task</th>
              {columns.map(({ label }) => (
                <th key={label} scope="col" class="number">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {tasks.map(([task, counts]) => (
              <tr key={task}>
                <th scope="row" class="score-task">
                  <a href={href(['jobs', job.job_id, 'samples'], { task })}>
                    <bdi>{task}</bdi>
                  </a>
                </th>
                {columns.map(({ label, of }) => (
                  <td key={label} class="number score-count" data-name={label.toLowerCase()}>
                    <Counted value={of(counts)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more > 0 && <p class="quiet-text">and {count(more)} more tasks</p>}
    </section>
  );
}

/** Tasks of which the answers are shown: a results file may have 20,000. */
const MOST_TASKS = 500;

const columns: readonly { label: string; of(counts: JobResults['samples'][string]): number | null }[] = [
  { label: 'In the task', of: ({ original }) => original },
  { label: 'Evaluated', of: ({ effective }) => effective },
  { label: 'Answered', of: ({ answered }) => answered },
  { label: 'Empty', of: ({ empty }) => empty },
  { label: 'Failed', of: ({ failed }) => failed },
  { label: 'From cache', of: ({ cached }) => cached },
];

const Counted = ({ value }: { value: number | null }) =>
  value === null ? <span class="quiet-text">unknown</span> : <span>{count(value)}</span>;
