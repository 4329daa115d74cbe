import type { JobEvent } from '../../../../client/index.ts';

/** What happened, for people. */
export const eventTexts: { [type in JobEvent['type']]: string } = {
  submitted: 'Submitted',
  started: 'Started',
  launched: 'Launched',
  placed: 'Given a node',
  withdrawn: 'Withdrawn, to be launched again',
  taskCompleted: 'The run of a task has ended',
  attemptFailed: 'An attempt has failed, another one follows',
  stopRequested: 'Stop requested',
  reprioritised: 'Priority changed',
  completed: 'Completed',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

/** What there is to say of an event beside that: `devices 0, 1`. */
export function detailOf({ data }: JobEvent): string {
  return Object.entries(data)
    .map(([name, value]) => {
      const text = Array.isArray(value)
        ? value.join(', ')
        : typeof value === 'object'
          ? JSON.stringify(value)
          : `${value}`;
      return `${name.replaceAll('_', ' ')} ${text}`;
    })
    .join(', ');
}

/** A part of a job's life: milliseconds since 1970; `until` null: it goes on. */
export type Phase = { name: string; from: number; until: number | null };

const ends: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled']);

/** How long it waited, was being launched (which an engine may let wait), and ran. */
export function phasesOf(events: readonly JobEvent[]): Phase[] {
  const at = (isIt: (event: JobEvent) => boolean): number | null => {
    const event = events.findLast(isIt);
    return event === undefined ? null : Date.parse(event.at);
  };
  const isSplit = events.some(({ type }) => type === 'taskCompleted');
  const submitted = at(({ type }) => type === 'submitted');
  const started = at(({ type }) => type === 'started');
  // Of a split job that of its first run: the others follow.
  const first = (type: JobEvent['type']) => {
    const event = isSplit ? events.find((one) => one.type === type) : events.findLast((one) => one.type === type);
    return event === undefined ? null : Date.parse(event.at);
  };
  const placed = first('placed') ?? first('launched');
  const ended = at(({ type }) => ends.has(type));
  const phases: Phase[] = [];
  if (submitted !== null) phases.push({ name: 'waited', from: submitted, until: started ?? ended });
  if (started !== null) phases.push({ name: 'launching', from: started, until: placed ?? ended });
  if (started !== null && placed !== null) phases.push({ name: 'ran', from: placed, until: ended });
  return phases;
}
