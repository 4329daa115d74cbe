import type { Exit, RunReport } from '../contract.ts';
import { hasEnded, hasGivenUp } from './answers.ts';
import { exitOf } from './exit.ts';
import type { LogCopy } from './logCopy.ts';
import type { Sight } from './sight.ts';

/** A run that Ray does not know has ended, or was never there. Twice: once may be a Ray that is just starting. */
const ENOUGH = 2;
const FORGOTTEN = 'Ray does not know it any more: Ray was restarted, or the job was deleted there';

export type Observed = {
  report: (event: RunReport) => void;
  /** The copy of its log that comes through Ray; null: the run writes it itself. */
  log: LogCopy | null;
  /** Whether its node shares the folder, so that the claim tells whether it has started. */
  isShared: boolean;
  /** Submits it again; the end, if it can never run. */
  submitAgain: () => Promise<Exit | null>;
};

/** Turns what is seen of a run into reports. @returns takes the next sight. */
export function createObserver({ report, log, isShared, submitAgain }: Observed): (sight: Sight) => void {
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

  const begin = () => {
    void submitAgain().then((exit) => exit !== null && end(exit));
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
    if (sight.claim === 'evald') return end({ kind: 'signal', signal: 'SIGTERM' });
    if (exit !== null) {
      tellExit(exit);
      if (sight.isGone) return end(exit);
    }
    if (job === 'unknown') return;
    if (job === 'missing') {
      if (isShared && sight.claim === null) return begin();
      missing += 1;
      if (missing >= ENOUGH) end(exit ?? { kind: 'unknown', reason: FORGOTTEN });
    } else if (hasGivenUp(job) && sight.claim === null) begin();
    else if (hasEnded(job)) end(exit ?? exitOf(job));
  };
}

function hostOf(address: string | null | undefined): string {
  return address && URL.canParse(address) ? new URL(address).hostname : '';
}
