import { charts } from '../../src/machines/charts.ts';
import type { DeliveryEvent, DeliveryFact } from '../../src/machines/delivery/deliverySetup.ts';
import type { JobEvent } from '../../src/machines/job/job.ts';
import type { RunnerEvent } from '../../src/machines/runner/runnerContext.ts';
import type { TrackerEvent } from '../../src/machines/runTracker/runTrackerRules.ts';
import type { JournalWriterEvent } from '../../src/machines/scheduler/journalWriter.ts';
import type { SchedulerEvent } from '../../src/machines/scheduler/schedulerEvents.ts';

/** What takes part in the system: actors, and what stands around them. */
export type Part = {
  kind: 'actor' | 'outside';
  description: string;
};

const describe = (name: keyof typeof charts): string => charts[name].config.description ?? name;

export const parts = {
  clients: { kind: 'outside', description: 'Training loops and people' },
  server: { kind: 'outside', description: 'HTTP routes over the JobScheduler' },
  scheduler: { kind: 'actor', description: describe('scheduler') },
  job: { kind: 'actor', description: `${describe('job')}; one for each job` },
  runner: { kind: 'actor', description: `${describe('runner')}; one for each running job` },
  runTracker: { kind: 'actor', description: `${describe('runTracker')}; one for each run that is watched` },
  journalWriter: { kind: 'actor', description: 'The only way into the journal; groups commits' },
  run: {
    kind: 'outside',
    description: 'The processes of an evaluation and where they run, behind harness and backend',
  },
  disks: { kind: 'outside', description: 'Those that evald and its runs write to: is there room for another run?' },
  delivery: { kind: 'actor', description: `${describe('delivery')}; one for each that is posted or is next` },
  webhooks: { kind: 'outside', description: 'Shares the posts under way among the hosts' },
  journal: { kind: 'outside', description: 'One SQLite file' },
  receivers: { kind: 'outside', description: 'The URLs that ended jobs are posted to' },
} satisfies Record<string, Part>;

export type PartName = keyof typeof parts;

/**
 * What sends each event, by receiver. The events are the receivers' own types: one that is missing here, or is no longer
 * taken, does not compile. That a sender sends it is what this table says and no type can.
 */
export const senders = {
  scheduler: {
    'job.submit': 'server',
    'job.import': 'server',
    'job.cancel': 'server',
    'job.reprioritise': 'server',
    'job.stop': 'server',
    'queue.pause': 'server',
    'queue.resume': 'server',
    'queue.paused': 'journalWriter',
    'queue.resumed': 'journalWriter',
    'queue.unsaved': 'journalWriter',
    'history.prune': 'server',
    'jobs.restore': 'server',
    'history.forgotten': 'server',
    'scheduler.shutdown': 'server',
    'journal.committed': 'journalWriter',
    'journal.failed': 'journalWriter',
    'journal.contradicted': 'journalWriter',
    'journal.recovered': 'journalWriter',
    'disk.filled': 'disks',
    'runner.launched': 'runner',
    'runner.unlaunched': 'runner',
    'runner.placed': 'runner',
    'runner.progress': 'runner',
    'runner.withdrawn': 'runner',
    'runner.taskCompleted': 'runner',
    'runner.attemptFailed': 'runner',
    'runner.settled': 'runner',
    'xstate.error.actor.*': 'runner',
  } satisfies Record<EventName<SchedulerEvent>, PartName>,
  job: {
    'job.start': 'scheduler',
    'job.progress': 'scheduler',
    'job.taskCompleted': 'scheduler',
    'job.attemptFailed': 'scheduler',
    'job.stopRequested': 'scheduler',
    'job.complete': 'scheduler',
    'job.fail': 'scheduler',
    'job.reprioritise': 'scheduler',
    'job.cancel': 'scheduler',
  } satisfies Record<EventName<JobEvent>, PartName>,
  runner: {
    'runner.stop': 'scheduler',
    'runner.withdraw': 'scheduler',
    'runner.retry': 'scheduler',
    'runner.recorded': 'scheduler',
    'run.placed': 'runTracker',
    'run.exited': 'runTracker',
    'run.gone': 'runTracker',
    'run.output': 'run',
    'run.progress': 'run',
    'run.timedOut': 'runner',
    'run.stalled': 'runner',
    'run.saved': 'run',
    'run.hung': 'runner',
  } satisfies Record<EventName<RunnerEvent>, PartName>,
  delivery: { 'delivery.post': 'webhooks' } satisfies Record<EventName<DeliveryEvent>, PartName>,
  webhooks: { 'delivery.judged': 'delivery' } satisfies Record<EventName<DeliveryFact>, PartName>,
  runTracker: {
    'run.observed': 'run',
    'run.unanswered': 'run',
    'run.recorded': 'run',
    'run.recalled': 'run',
    'stop.requested': 'run',
    'run.unwatched': 'run',
    'patience.ended': 'runTracker',
  } satisfies Record<EventName<TrackerEvent>, PartName>,
  journalWriter: {
    'journal.append': 'scheduler',
    'journal.save': 'scheduler',
    'journal.probe': 'scheduler',
  } satisfies Record<EventName<JournalWriterEvent>, PartName>,
};

/** The event types of an actor; the failures of its children as one. */
type EventName<E extends { type: string }> = E['type'] extends infer T
  ? T extends `xstate.error.actor.${string}`
    ? 'xstate.error.actor.*'
    : T extends string
      ? T
      : never
  : never;

/** What is asked between parts of which one is no actor: calls and requests, answered where they are made. */
export const calls: readonly { from: PartName; to: PartName; names: readonly string[] }[] = [
  { from: 'clients', to: 'server', names: ['HTTP requests'] },
  { from: 'server', to: 'run', names: ['describe'] },
  { from: 'journalWriter', to: 'journal', names: ['append', 'saveSetting', 'probe'] },
  { from: 'scheduler', to: 'run', names: ['probe', 'lookForCheckpoints'] },
  { from: 'server', to: 'webhooks', names: ['wake'] },
  { from: 'webhooks', to: 'journal', names: ['dueDeliveries', 'laterDeliveries'] },
  { from: 'delivery', to: 'receivers', names: ['post'] },
  { from: 'delivery', to: 'journal', names: ['record'] },
  // What a runner has done for it, in the order in which it happens.
  { from: 'runner', to: 'run', names: Object.keys(charts.runner.implementations.actors) },
  { from: 'runTracker', to: 'run', names: [...Object.keys(charts.runTracker.implementations.actors), 'cancel'] },
];

export type Message = { from: PartName; to: PartName; kind: 'events' | 'calls'; names: readonly string[] };

/** All that goes from one part to another, by sender and receiver. */
export function messages(): Message[] {
  const all = new Map<string, Message & { names: string[] }>();
  for (const [to, events] of entriesOf(senders)) {
    for (const [event, from] of entriesOf<Record<string, PartName>>(events)) {
      const message = all.get(`${from} ${to}`) ?? { from, to, kind: 'events' as const, names: [] };
      message.names.push(event);
      all.set(`${from} ${to}`, message);
    }
  }
  return [...all.values(), ...calls.map((call) => ({ ...call, kind: 'calls' as const }))];
}

function entriesOf<T extends object>(table: T): [keyof T, T[keyof T]][] {
  return Object.entries(table) as [keyof T, T[keyof T]][];
}
