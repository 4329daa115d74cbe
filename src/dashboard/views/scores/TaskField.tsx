import { useState } from 'preact/hooks';
import type { Score } from '../../../client/index.ts';
import { href, type Location } from '../../location.ts';
import { Combobox } from '../../parts/Combobox.tsx';
import { Empty, ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { serverAddress } from '../../session.ts';
import { useLive } from '../../state/live.ts';
import { type Resource, useResource } from '../../state/useResource.ts';
import { count } from '../../text.ts';
import { askedOf, change, changed, type ScoreFilter } from './address.ts';
import { MOST_SCORES, mayChangeScores, readScores } from './readScores.ts';

/** A task, how many scores it has, and of how many jobs. */
export type TaskCount = { task: string; scores: number; jobs: number };

/** Tasks that have scores, and whether there are scores that were not read. */
type Tasks = { tasks: TaskCount[]; isMore: boolean };

/** Another task has other metrics and lines. */
const fresh = { metric: undefined, filter: undefined, hide: undefined };

/** The tasks that have scores. @param isWanted whether they are asked for. */
export function useTasks({ task: _, ...filter }: ScoreFilter, isWanted: boolean): Resource<Tasks> {
  const { client } = useLive();
  return useResource(
    isWanted ? JSON.stringify(filter) : null,
    async (signal) => {
      const { scores, isMore } = await readScores(client, askedOf({ ...filter, task: undefined }), signal);
      return { tasks: tasksOf(scores), isMore };
    },
    { on: mayChangeScores },
  );
}

const tasksOf = (scores: readonly Score[]): TaskCount[] =>
  [...Map.groupBy(scores, ({ task }) => task)]
    .map(([task, some]) => ({ task, scores: some.length, jobs: new Set(some.map((score) => score.job_id)).size }))
    .sort((a, b) => b.jobs - a.jobs || (a.task < b.task ? -1 : 1));

/** The task that is shown, to be typed or chosen. */
export function TaskField({
  location,
  filter,
  isOptional = false,
}: {
  location: Location;
  filter: ScoreFilter;
  /** Without one all tasks are shown. */
  isOptional?: boolean;
}) {
  const { task } = filter;
  const [typed, setTyped] = useState<string | null>(null);
  const [isUsed, setUsed] = useState(false);
  const { value } = useTasks(filter, isUsed);
  return (
    <div class="field-small field-task" onFocusIn={() => setUsed(true)}>
      <label for="scores-task">Task</label>
      <Combobox
        id="scores-task"
        name="Tasks"
        placeholder={isOptional ? 'All tasks' : 'Choose a task'}
        value={typed ?? task ?? ''}
        options={(value?.tasks ?? []).map((each) => each.task)}
        onInput={setTyped}
        onBlur={() => setTyped(null)}
        onChoose={(chosen) => {
          setTyped(null);
          if (chosen.trim() !== '' || isOptional) {
            change(location, { task: chosen.trim() || undefined, ...fresh }, {});
          }
        }}
      />
    </div>
  );
}

/** The tasks that have scores, where none is chosen. */
export function TaskList({ location, filter }: { location: Location; filter: ScoreFilter }) {
  const { value, error, reload } = useTasks(filter, true);
  if (value === null) return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={6} />;
  if (value.tasks.length === 0) return <NoScores filter={filter} />;
  return (
    <section class="panel task-list" aria-labelledby="task-list">
      <h2 id="task-list">Choose a task</h2>
      {value.isMore && (
        <p class="note note-warning">
          These are tasks of the newest {count(MOST_SCORES)} scores. A task that is not here can be typed above; a label
          or a day narrows them.
        </p>
      )}
      <ul>
        {value.tasks.map(({ task, scores, jobs }) => (
          <li key={task}>
            <a href={changed(location, { task, ...fresh })}>
              <bdi>{task}</bdi>
            </a>{' '}
            <span class="quiet-text">
              {count(scores)} {scores === 1 ? 'score' : 'scores'} of {jobs === 1 ? '1 job' : `${count(jobs)} jobs`}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** There are no scores, or none like this. */
export function NoScores({ filter }: { filter: ScoreFilter }) {
  const isFiltered = filter.model !== undefined || filter.label !== undefined || filter.since !== undefined;
  if (isFiltered || filter.task !== undefined) {
    return (
      <Empty title="No score matches">
        No job that completed has a score of this {filter.task === undefined ? 'kind' : 'task'}
        {isFiltered && ' with this model, label and day'}. <a href={href(['scores'])}>All tasks</a>
      </Empty>
    );
  }
  return (
    <Empty title="No scores yet" command={`npx evald submit --server ${serverAddress()} nearest-template demo_digits`}>
      The scores of a job are here as soon as it has completed. With the labels run and step they become a line.
    </Empty>
  );
}
