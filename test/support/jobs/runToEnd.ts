import type { Exit, PreparedRun, RunExecutor, RunJob } from '../../../src/machines/ports/runner.ts';
import type { Outcome } from '../../../src/schemas/job/outcome.ts';

export type EndedRun = { prepared: PreparedRun; exit: Exit; outcome: Outcome };

/** Does what the runner chart does when nobody stops the run. */
export async function runToEnd(runs: RunExecutor, job: RunJob): Promise<EndedRun> {
  const prepared = await runs.prepare(job);
  const handle = await runs.launch(job, prepared);
  const exit = await new Promise<Exit>((resolve) => {
    let exit: Exit | undefined;
    runs.watch(handle, (report) => {
      if (report.type === 'run.exited') exit = report.exit;
      if (report.type === 'run.gone') resolve(exit ?? { kind: 'unknown', reason: 'gone without an exit' });
    });
  });
  return { prepared, exit, outcome: await runs.collect(job, prepared, exit, null) };
}
