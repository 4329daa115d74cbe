import type { Traces, TrackerEvent, TrackerPort, TrackerRules } from '../../../machines/runTracker/runTrackerRules.ts';
import { createPoller } from './poller.ts';
import { systemTimers, type Timers } from './pollSchedule.ts';
import { createTrackers, type TrackerSnapshot, type Trackers } from './trackers.ts';

/** What is an engine's own of tracking its runs, each known by its state folder. */
export type Polled<Handle> = {
  rules(handle: Handle): TrackerRules;
  port(handle: Handle): TrackerPort;
  /** Asks the engine about runs, all in one, and looks at what they left. Never throws. */
  observeAll(runs: ReadonlyMap<string, Handle>): Promise<ReadonlyMap<string, TrackerEvent>>;
  /** Looks at what a run left, without the engine. Never throws. */
  traces(handle: Handle): Promise<Traces>;
  /** Milliseconds between two questions to the engine at least. */
  rest?: number;
};

/** The trackers of an engine's runs, and what has it asked soon. */
export type PolledTrackers<Handle> = Trackers<Handle> & {
  /** Something is about to happen: the engine is asked soon. */
  hurry(): void;
};

/** Tracks the runs of an engine: one poller asks it about all of them. */
export function createPolledTrackers<Handle extends { state: string }>(
  { rules, port, observeAll, traces, rest }: Polled<Handle>,
  time: Timers = systemTimers,
): PolledTrackers<Handle> {
  /** What shows between two questions: an end, and that nothing is left of it. */
  const glance = async (runs: ReadonlyMap<string, Handle>): Promise<Map<string, TrackerEvent>> => {
    const found = new Map<string, TrackerEvent>();
    const readTraces = async (key: string, handle: Handle) => {
      if (!awaitsTraces(trackers.snapshotOf(handle), null)) return;
      const seen = await traces(handle);
      if (awaitsTraces(trackers.snapshotOf(handle), seen)) found.set(key, { type: 'run.recorded', seen });
    };
    await Promise.all(Array.from(runs, ([key, handle]) => readTraces(key, handle)));
    return found;
  };
  const poller = createPoller<Handle, TrackerEvent>(observeAll, { time, glance, ...(rest !== undefined && { rest }) });
  const source = (handle: Handle, hear: (event: TrackerEvent) => void) => poller.watch(handle.state, handle, hear);
  const trackers = createTrackers<Handle>({ rules, port, source }, time);
  return { ...trackers, hurry: poller.hurry };
}

/** Whether what a run left may say more than is known; null: it was not looked at yet. */
function awaitsTraces(snapshot: TrackerSnapshot | undefined, seen: Traces | null): boolean {
  if (snapshot?.matches('watching')) return seen === null || seen.recorded !== null;
  if (!snapshot?.matches('ended')) return false;
  return seen === null ? !snapshot.context.isGone : seen.isGone;
}
