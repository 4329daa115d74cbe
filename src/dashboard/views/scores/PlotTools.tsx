import { useMemo } from 'preact/hooks';
import { csvBlob } from '../../csv.ts';
import { useKeys } from '../../keys.ts';
import type { Location } from '../../location.ts';
import { SaveButton } from '../../parts/SaveButton.tsx';
import { Segments } from '../../parts/Segments.tsx';
import { change, type PlotView } from './address.ts';
import { numericLabels, panelKey } from './lines.ts';
import { longTable } from './longTable.ts';
import { metricText, type Scores } from './readScores.ts';

type Props = { location: Location; view: PlotView; axis: string; read: Scores | null; task: string };

/** Which metric is drawn, over what, and how. */
export function PlotTools({ location, view, axis, read, task }: Props) {
  const scores = read?.scores ?? [];
  const metrics = useMemo(() => [...new Map(scores.map((score) => [panelKey(score), score])).values()], [read]);
  const labels = useMemo(() => numericLabels(scores), [read]);
  const mayBeLog = axis !== 'time' && scores.some(({ x }) => x !== null && x > 0);
  const chosen = view.metric === undefined ? '' : panelKey({ metric: view.metric, filter: view.filter ?? '' });
  const toggleLog = () => change(location, { scale: view.isLog ? undefined : 'log' });
  useKeys(mayBeLog ? [{ key: 'l', label: 'Logarithmic axis, or not', act: toggleLog }] : []);
  const isChosen = (score: { metric: string; filter: string }) => chosen === '' || panelKey(score) === chosen;
  const axes = [...new Set([axis, 'time', ...labels.map((name) => `label:${name}`)])].sort();
  return (
    <>
      <label class="field-small">
        Metric
        <select
          value={chosen}
          onChange={({ currentTarget: { value } }) => {
            const one = metrics.find((each) => panelKey(each) === value);
            change(location, { metric: one?.metric, filter: one?.filter });
          }}
        >
          <option value="">{metrics.length > 1 ? `All ${metrics.length}` : 'All'}</option>
          {chosen !== '' && !metrics.some((each) => panelKey(each) === chosen) && (
            <option value={chosen}>{view.metric}</option>
          )}
          {metrics.map((each) => (
            <option key={panelKey(each)} value={panelKey(each)}>
              {metricText(each)}
            </option>
          ))}
        </select>
      </label>
      <label class="field-small">
        Over
        <select
          value={axis}
          onChange={({ currentTarget: { value } }) => change(location, { x: value, scale: undefined })}
        >
          {axes.map((each) => (
            <option key={each} value={each}>
              {each === 'time' ? 'time of its end' : `label ${each.slice('label:'.length)}`}
            </option>
          ))}
        </select>
      </label>
      {(mayBeLog || view.isLog) && (
        <button type="button" class="field-button" aria-pressed={view.isLog} onClick={toggleLog}>
          Log
        </button>
      )}
      <Segments
        label="Shown as"
        value={view.isTable ? 'table' : 'plot'}
        onChoose={(value) => change(location, { view: value === 'table' ? value : undefined })}
        options={[
          { value: 'plot', label: 'Plot' },
          { value: 'table', label: 'Table' },
        ]}
      />
      <SaveButton
        name={`scores-${task.replaceAll(/[^\w.-]+/g, '_').slice(0, 60)}.csv`}
        label="CSV"
        make={() => csvBlob(longTable(scores.filter(isChosen)))}
      />
    </>
  );
}
