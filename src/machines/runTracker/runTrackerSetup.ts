import { assign, emit, enqueueActions, fromPromise, setup } from 'xstate';
import { errorMessage } from '../../errors.ts';
import type { RunReport } from '../ports/runner.ts';
import {
  endOf,
  engineOf,
  type Inquired,
  isCleared,
  isExplained,
  isLost,
  isMissedEnough,
  isMissingUnbegun,
  isOver,
  isRepeatable,
  isSilent,
  mayBeLeft,
  openAnswer,
  type Submitted,
  seen,
  type TrackerContext,
  type TrackerEvent,
  type TrackerInput,
  type TrackerPort,
} from './runTrackerRules.ts';

/** The parts of the tracker's chart: what its names stand for. The chart itself is in `runTracker.ts`. */
export const trackerSetup = setup({
  types: {
    context: {} as TrackerContext,
    events: {} as TrackerEvent,
    input: {} as TrackerInput,
    emitted: {} as RunReport,
  },
  actors: {
    submit: fromPromise<Submitted, Pick<TrackerContext, 'port' | 'isStopRequested'>>(({ input }) =>
      input.port.submit(input.isStopRequested),
    ),
    inquire: fromPromise<Inquired, TrackerPort>(({ input }) => input.inquire()),
    close: fromPromise<void, TrackerPort>(({ input }) => input.close()),
  },
  actions: {
    noteSeen: assign(({ context, event }) => seen(context, event)),
    noteStopRequest: assign({ isStopRequested: true }),
    noteWithdrawn: assign(({ context: { exit, rules, engine } }) => ({
      exit: exit ?? rules.withdrawn,
      isLeftOver: mayBeLeft(engine),
    })),
    noteLeftOver: assign(({ context: { engine } }) => ({ isLeftOver: engine?.kind === 'ended' && engine.isLeft })),
    noteClusterEnd: assign(({ context: { engine, resubmissions } }) =>
      engine?.kind === 'ended'
        ? { delay: engine.reason, resubmissions: resubmissions + (engine.again === 'limited' ? 1 : 0) }
        : {},
    ),
    noteAccepted: assign({ missing: 0, delay: null }),
    noteDelay: assign((_, params: Submitted) => (params.kind === 'delayed' ? { delay: params.reason } : {})),
    noteFault: assign((_, params: { error: unknown }) => ({ delay: errorMessage(params.error) })),
    noteForgotten: assign((_, params: Inquired) => (params.kind === 'forgotten' ? { delay: params.reason } : {})),
    noteRefusal: assign((_, params: Submitted) => (params.kind === 'never' ? { exit: params.exit } : {})),
    noteFoundOver: assign((_, params: Inquired) => (params.kind === 'over' ? { exit: params.exit } : {})),
    armPatience: enqueueActions(({ context: { rules }, enqueue }) => {
      if (rules.patience !== null) enqueue.raise({ type: 'patience.ended' }, { id: 'patience', delay: rules.patience });
    }),
    cancelLeft: ({ context: { engine, isLeftOver, port } }) => {
      if (isLeftOver && engine?.kind !== 'missing') port.cancel();
    },
    reportPlacement: enqueueActions(({ context, enqueue }) => {
      const { engine, node } = context;
      const placement = engine !== null && 'state' in engine ? news(context, node, engine.state) : null;
      if (placement === null) return;
      enqueue.assign({ placement });
      enqueue.emit(placement);
    }),
    reportUnknown: enqueueActions(({ context, enqueue }) => {
      const placement = news(context, context.node, 'UNKNOWN');
      if (placement === null) return;
      enqueue.assign({ placement });
      enqueue.emit(placement);
    }),
    reportDelay: enqueueActions(({ context, enqueue }) => {
      const { delay } = context;
      const placement = delay === null ? null : news({ ...context, id: undefined }, '', `NOT SUBMITTED (${delay})`);
      if (placement === null) return;
      enqueue.assign({ placement });
      enqueue.emit(placement);
    }),
    reportExit: enqueueActions(({ context, enqueue }) => {
      const { node, placement, rules, isReported } = context;
      if (isReported) return;
      // A short run has ended before it was seen to run.
      const late = node === '' || placement?.node ? null : news(context, node, rules.endedState);
      const exit = context.exit ?? endOf(context);
      enqueue.assign({ exit, isReported: true, placement: late ?? placement });
      if (late !== null) enqueue.emit(late);
      enqueue.emit({ type: 'run.exited', exit });
    }),
    reportGone: emit({ type: 'run.gone' }),
  },
  guards: {
    isRecalled: ({ context }) => context.begins === 'recalled',
    isDelayed: ({ context }) => context.delay !== null,
    isTakenBack: ({ event }) => 'seen' in event && event.seen.claim === 'evald',
    isRecorded: ({ event }) => 'seen' in event && event.seen.recorded !== null,
    isRepeatable: ({ context, event }) => isRepeatable(context, event),
    isEnded: ({ event }) => openAnswer(event)?.kind === 'ended',
    isLost: ({ context, event }) => isLost(context, event),
    isUnsubmitted: ({ context, event }) => isMissedEnough(context, event) && !isKnown(event),
    isUnexplained: ({ context, event }) => isMissedEnough(context, event),
    isMissing: ({ event }) => engineOf(event)?.kind === 'missing',
    isMissingUnbegun: ({ context, event }) => isMissingUnbegun(context, event),
    isMissedEnough: ({ context, event }) => isMissedEnough(context, event),
    isRunning: ({ event }) => openAnswer(event)?.kind === 'running',
    isWaiting: ({ event }) => openAnswer(event)?.kind === 'waiting',
    isSilent: ({ context, event }) => isSilent(context, event),
    // Of one that is over by its folder, silence says enough.
    isSilence: ({ event }) => 'seen' in event && event.seen.recorded === null && event.seen.claim !== 'evald',
    isAccepted: (_, { kind }: Submitted) => kind === 'accepted',
    isPutOff: (_, { kind }: Submitted) => kind === 'delayed',
    isForgotten: (_, { kind }: Inquired) => kind === 'forgotten',
    isFoundOver: (_, { kind }: Inquired) => kind === 'over',
    isExplained: ({ context }) => isExplained(context),
    isOver: ({ context }) => isOver(context),
    isLeftOver: ({ context }) => context.isLeftOver,
    isCleared: ({ context, event }) => isCleared(context, event),
  },
});

/** Whether it is known that the engine once had the run that it misses. */
function isKnown(event: TrackerEvent): boolean {
  const engine = engineOf(event);
  return engine?.kind === 'missing' && engine.isSubmitted;
}

/** Where a run is, to be reported; null when that was reported last, or its end was. */
function news({ placement, id, isReported }: TrackerContext, node: string, state: string): TrackerContext['placement'] {
  if (isReported || (placement?.node === node && placement.state === state && placement.id === id)) return null;
  return { type: 'run.placed', node, state, ...(id !== undefined && { id }) };
}
