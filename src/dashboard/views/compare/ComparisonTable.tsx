import { useState } from 'preact/hooks';
import type { TaskComparison } from '../../../client/index.ts';
import { digits, pText, signed } from '../../../text/comparison.ts';
import { scoreText } from '../../../text/scores.ts';
import { ScrollBox } from '../../parts/ScrollBox.tsx';
import { count } from '../../text.ts';
import { metricText } from '../scores/readScores.ts';
import { scoreKey } from './address.ts';
import { extentsOf, IntervalBar } from './IntervalBar.tsx';
import { Verdict } from './Verdict.tsx';
import { differenceOf, intervalOf, MINUS } from './verdicts.ts';

/** Rows that are drawn before the reader asks for all. */
const SHOWN = 200;

type Props = {
  comparisons: readonly TaskComparison[];
  chosen: TaskComparison | undefined;
  hrefOf(comparison: TaskComparison): string;
};

/** A row a score: both values, their difference with its interval, and the verdict. */
export function ComparisonTable({ comparisons, chosen, hrefOf }: Props) {
  const [areAllShown, setAllShown] = useState(false);
  const shown = areAllShown ? comparisons : comparisons.slice(0, SHOWN);
  const extents = extentsOf(comparisons);
  return (
    <div class="panel table-panel">
      <ScrollBox class="wide-table" label="Comparison of the scores">
        <table class="compare-table">
          <thead>
            <tr>
              <th scope="col">Score</th>
              <th scope="col">Verdict</th>
              <th scope="col" class="number">
                Baseline
              </th>
              <th scope="col" class="number">
                Candidate
              </th>
              <th scope="col">Difference, 95 % interval</th>
              <th scope="col" class="number">
                p, adjusted
              </th>
              <th scope="col" class="number">
                Detectable
              </th>
              <th scope="col" class="number">
                Pairs
              </th>
              <th scope="col" class="number">
                Flips
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((one) => (
              <tr key={scoreKey(one)} class={one === chosen ? 'compare-chosen' : ''}>
                <th scope="row">
                  <span class="compare-score">
                    <a href={hrefOf(one)} aria-current={one === chosen ? 'true' : undefined}>
                      <bdi>{one.task}</bdi>
                    </a>
                    <span class="quiet-text">
                      <bdi>{metricText(one)}</bdi>
                      {one.higher_is_better !== null && `, ${one.higher_is_better ? 'higher' : 'lower'} is better`}
                    </span>
                  </span>
                </th>
                <td>
                  <Verdict of={one} />
                </td>
                <td class="number" data-name="baseline">
                  {scoreText(one.a)}
                </td>
                <td class="number" data-name="candidate">
                  {scoreText(one.b)}
                </td>
                <td class="compare-wide">
                  <Difference of={one} extent={extents.get(one.metric) || 1} />
                </td>
                <td class="number" data-name="p, adjusted">
                  {pText(one.p_adjusted) || 'none'}
                </td>
                <td class="number" data-name="detectable">
                  {one.detectable === null ? 'none' : digits(one.detectable)}
                </td>
                <td class="number" data-name="pairs">
                  {one.n_paired === null ? 'none' : count(one.n_paired)}
                </td>
                <td class="number" data-name="flips">
                  {one.flips === null ? 'none' : `+${count(one.flips.better)} −${count(one.flips.worse)}`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
      {shown.length < comparisons.length && (
        <button type="button" class="quiet" onClick={() => setAllShown(true)}>
          Show all {count(comparisons.length)}
        </button>
      )}
    </div>
  );
}

function Difference({ of, extent }: { of: TaskComparison; extent: number }) {
  const { delta, interval, difference, verdict } = of;
  if (delta === null || interval === null) {
    return (
      <span class="number">
        {differenceOf(difference)} <span class="quiet-text">no test</span>
      </span>
    );
  }
  return (
    <span class="compare-difference">
      <IntervalBar delta={delta} interval={interval} extent={extent} verdict={verdict ?? 'none'} />
      <span class="number">
        <b>{signed(delta, MINUS)}</b> <span class="quiet-text">{intervalOf(interval)}</span>
      </span>
    </span>
  );
}
