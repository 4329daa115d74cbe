import { useMemo } from 'preact/hooks';
import { stillMissing } from '../../../text/scoreLines.ts';
import { useKeys } from '../../keys.ts';
import type { Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { count } from '../../text.ts';
import { askedOf, change, type PlotView, readFilter, readPlotView, type ScoreFilter } from './address.ts';
import { FilterFields } from './FilterFields.tsx';
import { Legend } from './Legend.tsx';
import { MOST_LINES, panelKey, plotScores } from './lines.ts';
import { MissingList } from './MissingList.tsx';
import { Plot } from './Plot.tsx';
import { PlotTools } from './PlotTools.tsx';
import { PointTable } from './PointTable.tsx';
import { MOST_SCORES, mayChangeScores, type Scores as Read, readScores } from './readScores.ts';
import { NoScores, TaskField, TaskList } from './TaskField.tsx';

/** Plots that are drawn before the reader chooses a metric. */
const MOST_PLOTS = 12;
/** Pixels of a plot that stands alone, and of one among others. */
const HEIGHT = { alone: 380, among: 240 };

/** Scores of a task over steps or time: a line a run, a plot a metric. The address says all of it. */
export function Scores({ location }: { location: Location }) {
  const filter = readFilter(location.query);
  return (
    <div class="score-plots">
      <h1 class="hidden">Scores</h1>
      {filter.task === undefined ? (
        <>
          <div class="toolbar toolbar-fields">
            <TaskField location={location} filter={filter} />
            <FilterFields location={location} filter={filter} />
          </div>
          <TaskList location={location} filter={filter} />
        </>
      ) : (
        <TaskScores location={location} filter={filter} task={filter.task} />
      )}
    </div>
  );
}

function TaskScores({ location, filter, task }: { location: Location; filter: ScoreFilter; task: string }) {
  const { client } = useLive();
  const view = readPlotView(location.query);
  const asked = { ...askedOf(filter), missing: true, x: view.x === 'time' ? undefined : (view.x ?? 'label:step') };
  const { value, error, reload } = useResource(JSON.stringify(asked), (signal) => readScores(client, asked, signal), {
    on: mayChangeScores,
  });
  const { axis, read } = useMemo(() => onAxis(value, view.x), [value, view.x]);
  useKeys([
    { key: '/', label: 'Choose a task', act: () => document.querySelector<HTMLInputElement>('#scores-task')?.select() },
    {
      key: 't',
      label: 'Show a table, or plots',
      act: () => change(location, { view: view.isTable ? undefined : 'table' }),
    },
  ]);
  return (
    <>
      <div class="toolbar toolbar-fields">
        <TaskField key={task} location={location} filter={filter} />
        <PlotTools location={location} view={view} axis={axis} read={read} task={task} />
        <FilterFields location={location} filter={filter} />
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {read === null ? (
        !error && <Skeleton lines={10} />
      ) : read.scores.length === 0 && read.missing.length === 0 ? (
        <NoScores filter={filter} />
      ) : (
        <Drawn location={location} view={view} axis={axis} read={read} task={task} />
      )}
    </>
  );
}

type Shown = { location: Location; view: PlotView; axis: string; read: Read; task: string };

function Drawn({ location, view, axis, read, task }: Shown) {
  const { isLog, hidden } = view;
  const plotted = useMemo(() => plotScores(read, isLog), [read, isLog]);
  const missing = useMemo(() => stillMissing(read.scores, read.missing), [read]);
  const hiddenKey = [...hidden].join('\n');
  const sameHidden = useMemo(() => hidden, [hiddenKey]);
  const isChosen = ({ metric, filter }: { metric: string; filter: string }) =>
    view.metric === undefined ||
    panelKey({ metric, filter }) === panelKey({ metric: view.metric, filter: view.filter ?? '' });
  const panels = plotted.panels.filter(isChosen);
  const shown = panels.slice(0, MOST_PLOTS);
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    change(location, { hide: [...next] });
  };
  return (
    <>
      {read.isMore && (
        <p class="note note-warning">
          These are the newest {count(MOST_SCORES)} scores, and older ones are left out: a label or a day narrows them.
        </p>
      )}
      {view.isTable ? (
        <PointTable axis={axis} nameOf={plotted.nameOf} scores={read.scores.filter(isChosen).toReversed()} />
      ) : (
        <>
          {plotted.names.length > 0 && <Legend names={plotted.names} hidden={hidden} onToggle={toggle} />}
          {plotted.undrawn > 0 && (
            <p class="note note-warning">
              The {MOST_LINES} runs that were measured last are drawn, and {count(plotted.undrawn)} more are not: a
              label or a day narrows them. The table has all.
            </p>
          )}
          <div class={shown.length > 1 ? 'plots plots-several' : 'plots'}>
            {shown.map((panel) => (
              <Plot
                key={panel.key}
                {...{ panel, task, axis, isLog }}
                hidden={sameHidden}
                height={shown.length > 1 ? HEIGHT.among : HEIGHT.alone}
              />
            ))}
          </div>
          {panels.length > shown.length && (
            <p class="note">{count(panels.length - shown.length)} more metrics are not drawn: choose one above.</p>
          )}
        </>
      )}
      <MissingList missing={missing} axis={axis} lineOf={plotted.nameOf} />
    </>
  );
}

/** Puts scores on the axis that is asked for; when none is, on that of time where no job has a step. */
function onAxis(value: Read | null, x: string | undefined): { axis: string; read: Read | null } {
  const isByTime =
    x === 'time' || (x === undefined && value !== null && value.scores.every((score) => score.x === null));
  if (!isByTime || value === null) return { axis: x ?? 'label:step', read: value };
  const secondsOf = (time: string | null) => (time === null ? null : Date.parse(time) / 1_000);
  const scores = value.scores.map((score) => ({ ...score, x: secondsOf(score.completed_at) }));
  const missing = value.missing.map((one) => ({ ...one, x: secondsOf(one.ended_at) }));
  return { axis: 'time', read: { ...value, scores, missing } };
}
