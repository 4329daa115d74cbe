import type { JobInfo } from '../../schemas/job/job.ts';
import { causeOf } from '../../text/jobs.ts';
import { scoreText } from '../../text/scores.ts';
import { plain } from '../frame/output/cells.ts';

/** The score of each task, as its first metric says: `mmmu acc 0.513 ± 0.012`. A metric that is the same for all is named once. */
export function headlines({ metrics, partial_metrics: partial }: JobInfo): string[] {
  return Object.entries(metrics ?? partial ?? {}).flatMap(([task, scores]) => {
    const [first] = Object.entries(scores);
    return first === undefined ? [] : [plain(`${task} ${first[0]} ${scoreText(first[1])}`)];
  });
}

/** Why a job failed, in one line that a terminal may have. */
export const failureText = (job: JobInfo): string => plain(causeOf(job) || 'failed');
