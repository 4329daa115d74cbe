import { shortId } from '../../../../text/jobs.ts';
import { scoreValue } from '../../../../text/scores.ts';
import { href } from '../../../location.ts';
import { Icon } from '../../../parts/Icon.tsx';
import { count } from '../../../text.ts';
import { better, exactText, type Row } from './rows.ts';

type Props = { rows: readonly Row[]; areExact: boolean; withJobs: boolean };

/** Scores, a row a metric: each with its error, its direction, and how many samples it is of. */
export function ScoreTable({ rows, areExact, withJobs }: Props) {
  return (
    <table class="scores-table">
      <thead>
        <tr>
          <th scope="col">Task</th>
          <th scope="col">Metric</th>
          <th scope="col" class="number">
            Value ± standard error
          </th>
          <th scope="col">Better</th>
          <th scope="col" class="number">
            n
          </th>
          <th scope="col" class="number">
            Failed
          </th>
          <th scope="col" class="number">
            Empty
          </th>
          {withJobs && <th scope="col">Of job</th>}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={`${row.task}\n${row.metric}`} class={row.task === rows[at - 1]?.task ? 'same-task' : ''}>
            <th scope="row" class="score-task">
              <bdi class={row.task === rows[at - 1]?.task ? 'hidden' : ''}>{row.task}</bdi>
            </th>
            <td class="score-metric">
              <bdi>{row.metric}</bdi>
            </td>
            <td class="number score-value" title={exactTitle(row)}>
              <Value row={row} isExact={areExact} />
            </td>
            <td class="score-better">
              <Direction row={row} />
            </td>
            <Count name="n" value={row.n} />
            <Count name="failed" value={row.n_failed} isBad />
            <Count name="empty" value={row.n_empty} isBad />
            {withJobs && (
              <td class="score-job">
                <a href={href(['jobs', row.jobId, 'scores'])}>
                  <code>{shortId(row.jobId)}</code>
                </a>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Value({ row: { value, stderr }, isExact }: { row: Row; isExact: boolean }) {
  const text = isExact ? exactText : scoreValue;
  return (
    <>
      <b>{value === null ? 'not a number' : text(value)}</b>{' '}
      <span class="quiet-text">± {stderr === null ? 'unknown' : text(stderr)}</span>
    </>
  );
}

const exactTitle = ({ value, stderr }: Row): string =>
  `${exactText(value) || 'not a finite number'} ± ${exactText(stderr) || 'unknown: the harness gives no standard error'}`;

function Direction({ row }: { row: Row }) {
  const direction = better(row);
  if (direction === '') return <span class="quiet-text">not known</span>;
  return (
    <span class="direction">
      <Icon name={direction} />
      {direction}
    </span>
  );
}

/** A count of samples. @param isBad more than none of them is worth a warning. */
function Count({ name, value, isBad = false }: { name: string; value: number | null; isBad?: boolean }) {
  const isWarning = isBad && value !== null && value > 0;
  return (
    <td class={`number score-count${isWarning ? ' score-warning' : ''}`} data-name={name}>
      {isWarning && <Icon name="warning" />}
      {value === null ? <span class="quiet-text">unknown</span> : count(value)}
    </td>
  );
}
