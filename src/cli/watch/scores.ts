import type { JobInfo } from '../../schemas/job/job.ts';
import type { ShownMetrics } from '../../schemas/job/outcome.ts';
import { decimals } from '../frame/jobColumns.ts';
import { plain } from '../frame/output/cells.ts';

/** The score of each task, as its first metric says: `mmmu acc 0.513 ± 0.012`. A metric that is the same for all is named once. */
export function headline({ metrics, partial_metrics: partial }: JobInfo): string[] {
  return Object.entries(metrics ?? partial ?? {}).flatMap(([task, scores]) => {
    const [first] = Object.entries(scores);
    return first === undefined ? [] : [plain(`${task} ${first[0]} ${scoreText(first[1])}`)];
  });
}

type Score = Pick<ShownMetrics[string][string], 'value' | 'stderr'>;

/** `0.513 ± 0.012`; `n/a` for what is no number. */
export function scoreText({ value, stderr }: Score): string {
  if (value === null) return 'n/a';
  return decimals(value) + (stderr === null ? '' : ` ± ${decimals(stderr)}`);
}

/** Why a job failed, in one line: without the words that every failure begins with, and without its log. */
export function causeOf({ error, failure_kind: kind }: JobInfo): string {
  const lines = (error ?? '').split('\n').map((line) => line.trim());
  const first = (lines[0] ?? '').split('Last lines of ', 1)[0]?.trim() ?? '';
  // `exited` alone says nothing where no cause is known: the last line of the log then says more.
  const isBare = /^Evaluation failed with return code -?\d+\.?$/.test(first);
  const said = isBare ? `${first} ${lines.findLast((line) => line !== '') ?? ''}` : first;
  return plain(said.trim() === '' ? (kind ?? 'failed') : said.trim());
}
