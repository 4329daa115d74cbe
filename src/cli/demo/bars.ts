import type { JobInfo } from '../../schemas/job/job.ts';

const WIDTH = 30;

/** A job as a line: its model, a bar, and what it does. */
export function barLine({ request, status, progress, position_in_queue: position }: JobInfo): string {
  const percent = status === 'completed' ? 100 : status === 'queued' ? 0 : (progress?.percent ?? 0);
  const filled = Math.round((percent / 100) * WIDTH);
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  const doing =
    status === 'queued'
      ? `queued, ${position} ahead`
      : status === 'running'
        ? `running${progress ? `: ${progress.phase} ${progress.done}/${progress.total}` : ''}`
        : status;
  return `  ${request.model.padEnd(18)} ${bar} ${String(Math.round(percent)).padStart(3)} %  ${doing}`;
}

/**
 * Shows the jobs: on a terminal the lines are drawn over, elsewhere a line is printed whenever its words changed.
 * @returns a function that shows the next state.
 */
export function createBars(out: { isTTY: boolean; write(text: string): unknown }): (jobs: JobInfo[]) => void {
  let drawn = 0;
  const said = new Map<string, string>();
  return (jobs) => {
    if (out.isTTY) {
      out.write(`${drawn > 0 ? `\x1b[${drawn}A` : ''}${jobs.map((job) => `\x1b[2K${barLine(job)}\n`).join('')}`);
      drawn = jobs.length;
      return;
    }
    for (const job of jobs) {
      const words = `${job.status} ${job.progress?.phase}`;
      if (said.get(job.job_id) !== words) out.write(`${barLine(job)}\n`);
      said.set(job.job_id, words);
    }
  };
}
