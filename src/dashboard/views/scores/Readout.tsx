import { shortId } from '../../../text/jobs.ts';
import { scoreText, scoreValue } from '../../../text/scores.ts';
import { href } from '../../location.ts';
import { count } from '../../text.ts';
import type { Line, Point } from './lines.ts';
import { placeText } from './plot/axes.ts';
import { nameOf } from './readScores.ts';
import { Swatch } from './Swatch.tsx';

/** What a point says: its score with its error and interval, of how many samples, and its job. */
export function Readout({ point: { score, x }, line, axis }: { point: Point; line: Line | undefined; axis: string }) {
  const { interval, n } = score;
  return (
    <>
      {line && <Swatch index={line.index} />} <bdi>{line?.name ?? nameOf(score)}</bdi> at {placeText(axis, x)}:{' '}
      <b class="number">{scoreText(score)}</b>
      {interval !== null && (
        <span class="number quiet-text">
          {' '}
          ({scoreValue(interval[0])} to {scoreValue(interval[1])})
        </span>
      )}
      , n {n === null ? 'unknown' : count(n)}, job{' '}
      <a href={href(['jobs', score.job_id])}>
        <code>{shortId(score.job_id)}</code>
      </a>
      {score.imported && ', imported'}
    </>
  );
}
