import { useState } from 'preact/hooks';
import type { Score } from '../../../client/index.ts';
import { shortId } from '../../../text/jobs.ts';
import { scoreValue } from '../../../text/scores.ts';
import { href } from '../../location.ts';
import { ScrollBox } from '../../parts/ScrollBox.tsx';
import { count } from '../../text.ts';
import { exactText } from '../job/scores/rows.ts';
import type { Plotted } from './lines.ts';
import { axisName, xText } from './plot/axes.ts';
import { metricText } from './readScores.ts';

/** Rows that are drawn before the reader asks for all. */
const SHOWN = 300;

type Props = { scores: readonly Score[]; axis: string; nameOf: Plotted['nameOf'] };

/** The same scores as a table. */
export function PointTable({ scores, axis, nameOf }: Props) {
  const [areAllShown, setAllShown] = useState(false);
  const shown = areAllShown ? scores : scores.slice(0, SHOWN);
  return (
    <div class="panel table-panel">
      <ScrollBox class="wide-table" label="Scores">
        <table>
          <thead>
            <tr>
              <th scope="col">Run</th>
              <th scope="col" class="number">
                {axisName(axis)}
              </th>
              <th scope="col">Metric</th>
              <th scope="col" class="number">
                Value ± standard error
              </th>
              <th scope="col" class="number">
                95 % interval
              </th>
              <th scope="col" class="number">
                n
              </th>
              <th scope="col">Job</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((score) => (
              <tr key={`${score.job_id} ${score.metric} ${score.filter}`}>
                <th scope="row">
                  <bdi>{nameOf(score)}</bdi>
                </th>
                <td class="number">{score.x === null ? 'none' : xText(axis, score.x)}</td>
                <td>
                  <bdi>{metricText(score)}</bdi>
                </td>
                <td
                  class="number score-value"
                  title={`${exactText(score.value)} ± ${exactText(score.stderr) || 'unknown'}`}
                >
                  <b>{score.value === null ? 'not a number' : scoreValue(score.value)}</b>{' '}
                  <span class="quiet-text">± {score.stderr === null ? 'unknown' : scoreValue(score.stderr)}</span>
                </td>
                <td class="number">
                  {score.interval === null ? 'unknown' : score.interval.map((end) => scoreValue(end)).join(' to ')}
                </td>
                <td class="number">{score.n === null ? 'unknown' : count(score.n)}</td>
                <td>
                  <a href={href(['jobs', score.job_id])}>
                    <code>{shortId(score.job_id)}</code>
                  </a>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {shown.length < scores.length && (
        <button type="button" class="quiet" onClick={() => setAllShown(true)}>
          Show all {count(scores.length)}
        </button>
      )}
    </div>
  );
}
