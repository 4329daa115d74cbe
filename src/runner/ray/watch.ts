import type { Exit, RunReport } from '../contract.ts';
import { hasEnded } from './answers.ts';
import { exitOf } from './exit.ts';
import type { LogCopy } from './logCopy.ts';
import type { Sight } from './sight.ts';

/** A run that Ray does not know has ended, or was never there. Twice: once may be a Ray that is just starting. */
const ENOUGH = 2;

/**
 * Turns what is seen of a run into reports.
 * @param log the copy of its log that comes through Ray; null: the run writes it itself. @returns takes the next sight.
 */
export function createObserver(report: (event: RunReport) => void, log: LogCopy | null): (sight: Sight) => void {
  let placed = '';
  let missing = 0;
  let isTold = false;
  let isOver = false;

  const tellExit = (exit: Exit) => {
    if (!isTold) report({ type: 'run.exited', exit });
    isTold = true;
  };
  const end = (exit: Exit) => {
    if (isOver) return;
    isOver = true;
    const tell = () => {
      tellExit(exit);
      report({ type: 'run.gone' });
    };
    if (log === null) return tell();
    log.finish();
    void log.finished.then(tell);
  };

  return (sight) => {
    if (isOver) return;
    const { job, exit } = sight;
    if (job !== 'unknown' && job !== 'missing') {
      const node = sight.node ?? hostOf(job.driver_agent_http_address);
      if (`${job.status} ${node}` !== placed) report({ type: 'run.placed', node, state: job.status });
      placed = `${job.status} ${node}`;
      if (job.status !== 'PENDING') log?.begin();
    }
    if (sight.neverStarts) return end({ kind: 'signal', signal: 'SIGTERM' });
    if (exit !== null) {
      tellExit(exit);
      if (sight.isGone) return end(exit);
    }
    if (job === 'unknown') return;
    if (job !== 'missing') return hasEnded(job) ? end(exit ?? exitOf(job)) : undefined;
    missing += 1;
    if (missing >= ENOUGH) {
      const reason = 'Ray does not know it any more: Ray was restarted, or the job was deleted there';
      end(exit ?? { kind: 'unknown', reason });
    }
  };
}

function hostOf(address: string | null | undefined): string {
  return address && URL.canParse(address) ? new URL(address).hostname : '';
}
