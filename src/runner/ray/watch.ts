import type { Exit, RunReport } from '../contract.ts';
import { endedByCluster, hasEnded, hasGivenUp } from './answers.ts';
import { exitOf, mayHaveReason, withReason } from './exit.ts';
import type { LogCopy } from './logCopy.ts';
import type { Sight } from './sight.ts';

/** Rounds in a row: one may fall into a Ray that is just starting, or into a moment of a network. */
const ENOUGH = 2;
/**
 * Looks that an end in failure waits for Ray to say why. What the program left behind may keep Ray's job for long; when
 * nothing is left Ray only has to notice.
 */
const LOOKS_WHEN_ENDED = 2;
const LOOKS_WHEN_GONE = 6;
/**
 * Looks in a row without an answer of Ray, until a program that has recorded its end is all that there was: it may have died
 * together with Ray, before its shell could say that nothing is left.
 */
const ALONE = 6;
/** Times that a run which the cluster has ended before it began is submitted again. */
const MOST_AGAIN = 3;
const FORGOTTEN = 'Ray does not know it any more: Ray was restarted, or the job was deleted there';

export type Observed = {
  report: (event: RunReport) => void;
  /** The copy of its log that comes through Ray; null: the run writes it itself. */
  log: LogCopy | null;
  /** Whether its node shares the folder, so that the claim tells whether it has started. */
  isShared: boolean;
  /** Submits it again; the end, if it can never run. */
  submitAgain: () => Promise<Exit | null>;
  /** Whether evald itself has asked it to end. */
  isAsked: () => boolean;
};

/** Turns what is seen of a run into reports. @returns takes the next sight. */
export function createObserver({ report, log, isShared, submitAgain, isAsked }: Observed): (sight: Sight) => void {
  // One name of the node for good: with another one the run would count as moved.
  let node = '';
  let placed = ' ';
  let missing = 0;
  let unanswered = 0;
  let looks = 0;
  let again = 0;
  let isTold = false;
  let isOver = false;

  const tellPlace = (state: string) => {
    if (isTold || placed === `${state} ${node}`) return;
    placed = `${state} ${node}`;
    report({ type: 'run.placed', node, state });
  };
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
  const beginAgain = () => {
    void submitAgain().then((exit) => exit !== null && end(exit));
  };

  const hearOfRay = ({ job, exit, claim }: Sight) => {
    const isUnbegun = isShared && claim === null && exit === null;
    if (job === 'unknown') {
      unanswered += 1;
      // To name no node means that it has none. Whether it has one is not known either, after a restart, where only Ray tells.
      if (unanswered >= ENOUGH && (isShared || placed !== ' ')) tellPlace('UNKNOWN');
      if (exit !== null && unanswered >= ALONE) end(exit);
      return;
    }
    unanswered = 0;
    if (job === 'missing') {
      if (isShared && claim === null) return beginAgain();
      missing += 1;
      if (missing >= ENOUGH) end(exit ?? { kind: 'unknown', reason: FORGOTTEN });
      return;
    }
    if (!hasEnded(job)) return tellPlace(job.status);
    if (hasGivenUp(job) && claim === null) return beginAgain();
    if (isUnbegun && endedByCluster(job) && again < MOST_AGAIN) {
      again += 1;
      return beginAgain();
    }
    end(exit === null ? exitOf(job, isShared && claim === null) : withReason(exit, job));
  };

  return (sight) => {
    if (isOver) return;
    const { job, exit, claim } = sight;
    const isKnown = job !== 'unknown' && job !== 'missing';
    node ||= isShared ? (sight.node ?? '') : isKnown ? hostOf(job.driver_agent_http_address) : '';
    if (isKnown && job.status !== 'PENDING') log?.begin();
    if (claim === 'evald') return end({ kind: 'signal', signal: 'SIGTERM' });
    if (exit !== null) {
      // Ray may be about to say that somebody stopped it there.
      if (mayHaveReason(exit) && isKnown && !hasEnded(job) && !isAsked()) {
        looks += 1;
        if (looks < (sight.isGone ? LOOKS_WHEN_GONE : LOOKS_WHEN_ENDED)) return;
      }
      // A short run has ended before it was seen to run.
      if (node !== '') tellPlace(isKnown && !hasEnded(job) ? job.status : 'RUNNING');
      tellExit(isKnown ? withReason(exit, job) : exit);
      if (sight.isGone) return end(exit);
    }
    hearOfRay(sight);
  };
}

function hostOf(address: string | null | undefined): string {
  return address && URL.canParse(address) ? new URL(address).hostname : '';
}
