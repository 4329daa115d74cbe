import type { Progress } from '../../schemas/progress.ts';

/** `Model Responding:   3%|▎         | 1/30 [00:00<00:14,  2.00it/s]`; the label may be missing. */
const frame = /^(?:(?<phase>[^|\r\n]{1,80}): +)? *\d{1,3}%\|[^|]*\| *(?<done>\d{1,15})\/(?<total>\d{1,15}) \[/;

/** The name given to a bar without a label: the harness prepares the requests under it. */
const UNLABELLED = 'Preparing';

/** The progress that a line of a log shows, if it is a frame of a tqdm bar. */
export function readFrame(line: string): Progress | null {
  const groups = frame.exec(line)?.groups;
  if (groups === undefined) return null;
  const [done, total] = [Number(groups['done']), Number(groups['total'])];
  const percent = total === 0 ? 100 : Math.min(100, Math.round((1000 * done) / total) / 10);
  return { phase: groups['phase']?.trim() ?? UNLABELLED, done, total, percent };
}
