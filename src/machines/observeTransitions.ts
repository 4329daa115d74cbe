import {
  type AnyEventObject,
  type AnyTransitionDefinition,
  type InspectionEvent,
  isMachineSnapshot,
  type MachineContext,
  type StateValue,
  type Subscription,
} from 'xstate';
import { type MachineName, machineNames, type TransitionReport } from '../schemas/server/machines.ts';
import { formatTime } from '../schemas/values/time.ts';
import { pathOf, transitionId } from './chart.ts';
import type { Transition } from './ports/journal.ts';

export type TransitionListener = (report: TransitionReport) => void;

/** What is inspected: the system of a root, or of several. */
export type Source = { inspect(observer: (event: InspectionEvent) => void): Subscription };
/** What a feed needs beside its source. */
type FeedOptions = { now: () => number; onProblem: (message: string) => void };

/**
 * Reports every transition of every machine of its sources to its listeners, once and in order, as XState's inspection
 * shows it. Only what has an arrow in the charts is reported: what an actor does without leaving its state is not.
 *
 * The sources are inspected only while there is a listener: otherwise the feed costs nothing.
 *
 * @returns begins to listen, and returns what ends it.
 */
export function createTransitionObserver(sources: readonly Source[], { now, onProblem }: FeedOptions) {
  const listeners = new Set<TransitionListener>();
  let subscriptions: Subscription[] = [];

  const inspected = (inspection: InspectionEvent): void => {
    for (const report of reportsOf(inspection, formatTime(now()))) {
      for (const listener of listeners) {
        // This runs inside the actor's own step: what is thrown here would break the scheduler.
        try {
          listener(report);
        } catch (error) {
          onProblem(`a listener of the transitions failed: ${error}`);
        }
      }
    }
  };

  return (listener: TransitionListener): (() => void) => {
    if (listeners.size === 0) subscriptions = sources.map((source) => source.inspect(inspected));
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      for (const subscription of subscriptions) subscription.unsubscribe();
      subscriptions = [];
    };
  };
}

/** Paths of the innermost states of a state value. */
export function innermost(value: StateValue, prefix = ''): string[] {
  if (typeof value === 'string') return [prefix + value];
  return Object.entries(value).flatMap(([key, inner]) =>
    inner === undefined ? [] : innermost(inner, `${prefix}${key}.`),
  );
}

/** Every transition is in a microstep, those that need no event (`always`) and the first of a new actor too. */
function reportsOf(inspection: InspectionEvent, at: string): TransitionReport[] {
  if (inspection.type !== '@xstate.microstep' || !isMachineSnapshot(inspection.snapshot)) return [];
  const { event, snapshot, actorRef } = inspection;
  const actor = 'id' in actorRef && typeof actorRef.id === 'string' ? actorRef.id : actorRef.sessionId;
  const states = innermost(snapshot.value);
  const { context } = snapshot;
  const taken = inspection._transitions.flatMap((definition) =>
    reportOf(definition, { at, actor, event: event.type, states }, context),
  );
  const isCommitTaken = inspection._transitions.some(({ eventType }) => eventType === 'journal.committed');
  return isCommitTaken ? [...births(event, at), ...taken] : taken;
}

/** The job that an actor of each chart is about. */
const jobIdOf: Record<MachineName, (actor: string, context: MachineContext) => string | null> = {
  job: (actor) => actor,
  scheduler: () => null,
  runner: jobAfterColon,
  runTracker: jobAfterColon,
  delivery: (_, { jobId }) => String(jobId),
};

function reportOf(
  definition: AnyTransitionDefinition,
  step: Pick<TransitionReport, 'at' | 'actor' | 'event' | 'states'>,
  context: MachineContext,
): TransitionReport[] {
  const machine = machineNameOf(definition);
  const target = definition.target?.[0];
  if (machine === null || target === undefined) return [];
  const jobId = jobIdOf[machine](step.actor, context);
  const [from, to] = [pathOf(definition.source), pathOf(target)];
  return [{ ...step, machine, job_id: jobId, from, to, transition: transitionId(definition) }];
}

/**
 * Jobs that came to be: acknowledged, by what the journal says. Not every new actor is one: a job that was brought back
 * from its row has an actor only when someone asks for it.
 */
function births(event: AnyEventObject, at: string): TransitionReport[] {
  if (!isCommit(event)) return [];
  return event.transitions.flatMap(({ type, jobId }) =>
    type !== 'submitted'
      ? []
      : [
          {
            ...{ at, machine: 'job' as const, actor: jobId, job_id: jobId, event: 'job.submit' },
            ...{ from: null, to: 'queued', transition: null, states: ['queued'] },
          },
        ],
  );
}

function isCommit(event: AnyEventObject): event is { type: 'journal.committed'; transitions: readonly Transition[] } {
  return event.type === 'journal.committed';
}

function machineNameOf({ source }: AnyTransitionDefinition): MachineName | null {
  const { id } = source.machine;
  return machineNames.find((name) => name === id) ?? null;
}

/** The job of an actor that does something for one: its id has the job's after a colon. */
function jobAfterColon(actorId: string): string {
  return actorId.slice(actorId.indexOf(':') + 1);
}
