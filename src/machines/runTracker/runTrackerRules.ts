import type { Exit, RunReport } from '../ports/runner.ts';

/** What of a run shows in its own folder, without its engine. */
export type Traces = {
  /** Its node, as it names itself there; empty: not known. */
  node: string;
  /** What its engine calls it now, if that is no longer what its handle says. */
  id?: string | undefined;
  /** How its program ended, as the shell that started it wrote it. */
  recorded: Exit | null;
  /** Whether its last process is gone, as far as that is written. */
  isGone: boolean;
  /** Which of the two has claimed its start, as far as can be seen. */
  claim: 'run' | 'evald' | null;
};

/** What an engine says of a run, in terms that all of them have. `state`: in the engine's own. */
export type EngineAnswer =
  | { kind: 'waiting' | 'running'; state: string }
  | {
      kind: 'ended';
      /** How it ended, by its own record first and the engine's second. */
      exit: Exit;
      /** Whether it is submitted again: it had not begun, and the cluster alone is why it ended. */
      again: 'always' | 'limited' | 'never';
      /** Why the cluster ended it, to be shown while it is submitted again; null: not shown. */
      reason: string | null;
      /** Whether another job of the same run waits or runs there. */
      isLeft: boolean;
    }
  | {
      kind: 'missing';
      /** Whether it is known that the engine once had it. */
      isSubmitted: boolean;
      /** How it ended if it had begun and left no record. */
      exit: Exit;
    };

/** What a look at a run shows. */
export type Observation = Traces & { engine: EngineAnswer };

/** How an engine is to be read. Looks are counted in a row. */
export type TrackerRules = {
  /** Looks in which a run that had begun is missing, until it counts as forgotten. */
  missing: number;
  /** The same of one that had not begun: then it is submitted, or asked for. */
  missingUnbegun: number;
  /** Looks without an answer, until it is not known any more where a run is. */
  unanswered: number;
  /** Looks without an answer, after which a recorded end is all that there was. */
  alone: number;
  /** Looks that a recorded failure waits for the engine to say why: while something of it is left, and when nothing is. */
  explaining: { left: number; gone: number };
  /** Milliseconds after which a recorded end is all that there was, whatever the engine says; null: any time. */
  patience: number | null;
  /** Times that a run which the cluster ended before it began is submitted again. */
  resubmissions: number;
  /** Whether its claim cannot be seen: it may always have begun. Then the engine alone can tell that it has a node. */
  isApart: boolean;
  /** The engine's state of a run that ended before it was seen to run. */
  endedState: string;
  /** The end of a run that was taken back. */
  withdrawn: Exit;
};

/** What became of a submission. `never`: it cannot run, and its start is taken, so that nothing of it begins. */
export type Submitted = { kind: 'accepted' } | { kind: 'delayed'; reason: string } | { kind: 'never'; exit: Exit };

/** Why an engine does not have a run any more. `over`: it ended, and its start is taken. */
export type Inquired = { kind: 'forgotten'; reason: string } | { kind: 'over'; exit: Exit } | { kind: 'unclear' };

/** What a backend does for a tracker. */
export type TrackerPort = {
  /**
   * Submits the run again. What it throws is a reason to try later.
   * @param isStopRequested whether evald has asked it to end meanwhile.
   */
  submit(isStopRequested: boolean): Promise<Submitted>;
  /** Asks why the engine does not have it. What it throws is a reason to ask later. */
  inquire(): Promise<Inquired>;
  /** Asks the engine to drop what waits for the run. A failure is mended at the next look. */
  cancel(): void;
  /** Puts in order what an ended run leaves, before it is reported to be gone. */
  close(): Promise<void>;
};

export type TrackerInput = {
  rules: TrackerRules;
  port: TrackerPort;
  /** `recalled`: evald has taken its start, and it is not watched: only what waits for it is cancelled. */
  begins: 'watched' | 'recalled';
  /** Whether evald itself asked it to end: then no engine knows better why it did. */
  isStopRequested: boolean;
  /** Why it was not submitted; absent: it was. */
  delay?: string | undefined;
};

export type TrackerContext = Omit<TrackerInput, 'delay'> & {
  node: string;
  id: string | undefined;
  /** What the last look showed of the engine; null: no answer. */
  engine: EngineAnswer | null;
  isGone: boolean;
  /** What was reported last. */
  placement: Extract<RunReport, { type: 'run.placed' }> | null;
  recorded: Exit | null;
  /** The end that was reported, or is decided by other than a look; null: not yet. */
  exit: Exit | null;
  isReported: boolean;
  /** Whether something may wait in the engine for a run that is over. */
  isLeftOver: boolean;
  /** Why it is not submitted now; null: it is. */
  delay: string | null;
  missing: number;
  unanswered: number;
  /** At which the engine said that a run goes on which has recorded its end. */
  looks: number;
  resubmissions: number;
};

export type TrackerEvent =
  /** The engine has answered. */
  | { type: 'run.observed'; seen: Observation }
  /** It has not. */
  | { type: 'run.unanswered'; seen: Traces }
  /** Its folder shows how its program ended; the engine was not asked. */
  | { type: 'run.recorded'; seen: Traces }
  /** evald has taken its start. */
  | { type: 'run.recalled' }
  /** evald has asked it to end. */
  | { type: 'stop.requested' }
  /** Its reports are wanted no more: the server ends, or the run is watched by another. */
  | { type: 'run.unwatched' }
  | { type: 'patience.ended' };

/** What is known after a look. */
export function seen(context: TrackerContext, event: TrackerEvent): Partial<TrackerContext> {
  if (!('seen' in event)) return {};
  const { recorded, node, id, isGone } = event.seen;
  const engine = engineOf(event) ?? (event.type === 'run.recorded' ? context.engine : null);
  const isHad = event.type === 'run.observed' && isAlive(engine);
  const end = recorded ?? context.recorded;
  return {
    engine,
    recorded: end,
    isGone,
    // An engine that starts a run again has it wait without a node; silence says nothing of one.
    node: isHad && engine?.kind === 'waiting' ? node : node || context.node,
    id: isHad || node !== '' ? id : context.id,
    missing: missingAfter(context, event),
    unanswered: unansweredAfter(context, event),
    looks: isHad && end !== null ? context.looks + 1 : context.looks,
    delay: isAlive(engine) || engine?.kind === 'ended' ? null : context.delay,
  };
}

export const engineOf = (event: TrackerEvent): EngineAnswer | null =>
  event.type === 'run.observed' ? event.seen.engine : null;

/** Whether an engine has a run, and has not ended it. */
export const isAlive = (engine: EngineAnswer | null): boolean =>
  engine?.kind === 'waiting' || engine?.kind === 'running';

/** Whether something may wait for a run in its engine, by its last answer. */
export const mayBeLeft = (engine: EngineAnswer | null): boolean => engine?.kind !== 'ended' || engine.isLeft;

function missingAfter({ missing }: TrackerContext, event: TrackerEvent): number {
  const engine = engineOf(event);
  if (engine === null) return missing;
  return engine.kind === 'missing' ? missing + 1 : 0;
}

function unansweredAfter({ unanswered }: TrackerContext, event: TrackerEvent): number {
  if (event.type === 'run.observed') return 0;
  return event.type === 'run.unanswered' ? unanswered + 1 : unanswered;
}

/** Whether its engine may know better why a program ended: not of one that did what it was to do. */
function needsReason(exit: Exit): boolean {
  return exit.kind === 'signal' || (exit.kind === 'code' && exit.code !== 0);
}

/** Whether a recorded end can be reported as it is. */
function isPlain({ recorded, rules, isGone, isStopRequested, unanswered, looks }: TrackerContext): boolean {
  if (recorded === null) return false;
  if (!needsReason(recorded) || isStopRequested || unanswered >= rules.unanswered) return true;
  return looks >= rules.explaining[isGone ? 'gone' : 'left'];
}

/** Whether nothing more is to be waited for of a run that has recorded its end. */
export function isOver(context: TrackerContext): boolean {
  const { engine, rules, isGone, missing, unanswered } = context;
  if (engine?.kind === 'ended' || (isGone && isPlain(context))) return true;
  return missing >= rules.missing || unanswered >= rules.alone;
}

/** Whether a recorded end is to be reported, while something of the run may be left. */
export const isExplained = (context: TrackerContext): boolean => !isOver(context) && isPlain(context);

/** How a run ended, as far as is known: as its engine says where that has ended it, which knows what was recorded. */
export function endOf({ engine, recorded }: TrackerContext): Exit {
  if (engine?.kind === 'ended') return engine.exit;
  return recorded ?? (engine?.kind === 'missing' ? engine.exit : UNSEEN);
}

const UNSEEN: Exit = { kind: 'unknown', reason: 'nothing says how it ended' };

/** What a look shows of a run that is not over by its folder: the answer of its engine. Null: it is, or there is none. */
export function openAnswer(event: TrackerEvent): EngineAnswer | null {
  return 'seen' in event && event.seen.recorded === null && event.seen.claim !== 'evald' ? engineOf(event) : null;
}

/** Whether a run that its engine does not have has surely not begun. */
export function isMissingUnbegun({ rules }: TrackerContext, event: TrackerEvent): boolean {
  return openAnswer(event)?.kind === 'missing' && !hasBegun(rules, event);
}

/** The same of one that has been missing in so many looks that it is not to be waited for. */
export function isMissedEnough(context: TrackerContext, event: TrackerEvent): boolean {
  return isMissingUnbegun(context, event) && missingAfter(context, event) >= context.rules.missingUnbegun;
}

/** Whether a run that had begun, or may have, is no longer known to its engine. */
export function isLost(context: TrackerContext, event: TrackerEvent): boolean {
  const isMissing = openAnswer(event)?.kind === 'missing' && hasBegun(context.rules, event);
  return isMissing && missingAfter(context, event) >= context.rules.missing;
}

/** Whether the cluster alone is why a run ended before it began, and it is to be submitted again. */
export function isRepeatable({ rules, resubmissions }: TrackerContext, event: TrackerEvent): boolean {
  const engine = openAnswer(event);
  if (engine?.kind !== 'ended') return false;
  return engine.again === 'always' || (engine.again === 'limited' && resubmissions < rules.resubmissions);
}

/** Whether it is not known any more where a run is. */
export function isSilent(context: TrackerContext, event: TrackerEvent): boolean {
  const { rules, placement } = context;
  // To name no node means that a run has none. Whether it has one is not known, after a restart, where its engine alone tells.
  if (rules.isApart && placement === null) return false;
  return unansweredAfter(context, event) >= rules.unanswered;
}

/** Whether nothing waits any more in an engine for a run that is over. */
export function isCleared(context: TrackerContext, event: TrackerEvent): boolean {
  const engine = engineOf(event);
  if (engine?.kind === 'missing') return missingAfter(context, event) >= context.rules.missing;
  return engine?.kind === 'ended' && !engine.isLeft;
}

function hasBegun({ isApart }: TrackerRules, event: TrackerEvent): boolean {
  return isApart || ('seen' in event && event.seen.claim === 'run');
}
