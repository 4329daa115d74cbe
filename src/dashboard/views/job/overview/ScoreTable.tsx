import type { ShownMetrics } from '../../../../client/index.ts';
import { scoresOf, scoreValue } from '../../../../text/scores.ts';
import { count } from '../../../text.ts';
import { tabHref } from '../tabHref.ts';

/** Rows that are shown: the tab Scores has them all. */
const SHOWN = 12;

/** The first scores of a job. */
export function ScoreTable({ id, metrics }: { id: string; metrics: ShownMetrics }) {
  const rows = scoresOf(metrics);
  return (
    <div class="wide">
      <table class="compact">
        <thead>
          <tr>
            <th scope="col">Task</th>
            <th scope="col">Metric</th>
            <th scope="col" class="number">
              Score
            </th>
            <th scope="col" class="number">
              Samples
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.slice(0, SHOWN).map(({ task, metric, value, stderr, higher_is_better: isHigher, n }) => (
            <tr key={`${task} ${metric}`}>
              <td>{task}</td>
              <td>
                {metric}
                {isHigher === false && <span class="quiet-text"> lower is better</span>}
              </td>
              <td class="number">
                <b>{scoreValue(value)}</b>
                {stderr !== null && <span class="quiet-text"> ± {scoreValue(stderr)}</span>}
              </td>
              <td class="number">{n === null ? '' : count(n)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > SHOWN && <a href={tabHref(id, 'scores')}>All {count(rows.length)} scores</a>}
    </div>
  );
}
