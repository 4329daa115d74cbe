import { useState } from 'preact/hooks';
import type { MissingScore } from '../../../client/index.ts';
import { shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { count } from '../../text.ts';
import type { Plotted } from './lines.ts';
import { placeText } from './plot/axes.ts';
import { nameOf } from './readScores.ts';

/** Rows that are drawn before the reader asks for all. */
const SHOWN = 30;

type Props = { missing: readonly MissingScore[]; axis: string; lineOf: Plotted['nameOf'] };

/** What was asked for and has no score, and why: in the plots it is a gap. */
export function MissingList({ missing, axis, lineOf }: Props) {
  const [areAllShown, setAllShown] = useState(false);
  if (missing.length === 0) return null;
  const shown = areAllShown ? missing : missing.slice(0, SHOWN);
  return (
    <section class="panel missing" aria-labelledby="missing">
      <h2 id="missing">
        Without a result <span class="count">{count(missing.length)}</span>
      </h2>
      <ul class="list">
        {shown.map((one) => (
          <li key={`${one.job_id} ${one.task}`} class="missing-row">
            <a href={href(['jobs', one.job_id])} title={one.checkpoint ?? one.model}>
              <bdi>{nameOf(one)}</bdi> <code>{shortId(one.job_id)}</code>
            </a>
            <span class="quiet-text">
              <bdi>{lineOf(one)}</bdi>
              {one.x !== null && `, ${placeText(axis, one.x)}`}
            </span>
            <span class={`status status-${one.status}`}>{one.reason}</span>
          </li>
        ))}
      </ul>
      {shown.length < missing.length && (
        <button type="button" class="quiet" onClick={() => setAllShown(true)}>
          Show all {count(missing.length)}
        </button>
      )}
    </section>
  );
}
