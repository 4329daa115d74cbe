import { useEffect, useState } from 'preact/hooks';
import { ClientError, type FeedItem, type JobEvent, type JobInfo } from '../../../../client/index.ts';
import { duration } from '../../../parts/duration.ts';
import { ErrorNote, Skeleton } from '../../../parts/Notes.tsx';
import { Elapsed } from '../../../parts/Time.tsx';
import { useLive } from '../../../state/live.ts';
import { whileSeen } from '../../../state/whileSeen.ts';
import { clockTime } from '../../../text.ts';
import { detailOf, eventTexts, phasesOf } from './events.ts';

/** What has happened to a job, as it happens, and how long each part took. */
export function Timeline({ job }: { job: JobInfo }) {
  const { items, error } = useJobEvents(job.job_id);
  const events = items.filter((item) => item.type !== 'gap');
  if (items.length === 0) return error ? <ErrorNote error={error} /> : <Skeleton lines={4} />;
  return (
    <div class="timeline">
      <Phases events={events} />
      {items.some(({ type }) => type === 'gap') && <p class="quiet-text">Earlier events are no longer kept.</p>}
      <ol class="events">
        {events.map((event, index) => (
          <Event key={event.number} event={event} before={events[index - 1]} />
        ))}
      </ol>
      {error && <ErrorNote error={error} />}
    </div>
  );
}

function Event({ event, before }: { event: JobEvent; before: JobEvent | undefined }) {
  const detail = detailOf(event);
  return (
    <li class={`event event-${event.type}`}>
      <time class="number" dateTime={event.at} title={event.at}>
        {clockTime(event.at)}
      </time>
      <span class="event-since quiet-text number">
        {before && `+${duration(Date.parse(event.at) - Date.parse(before.at))}`}
      </span>
      <span class="event-what">
        <b>{eventTexts[event.type]}</b>
        {event.who !== null && ` by ${event.who}`}
        {detail !== '' && <span class="quiet-text">, {detail}</span>}
      </span>
    </li>
  );
}

/** How long it waited, was being launched and ran, as parts of a bar. */
function Phases({ events }: { events: readonly JobEvent[] }) {
  const phases = phasesOf(events);
  const total = phases.reduce((sum, { from, until }) => sum + ((until ?? Date.now()) - from), 0);
  return (
    <div class="phases">
      <svg class="phases-bar" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
        {phases.map(({ name, from, until }, index) => {
          const before = from - (phases[0]?.from ?? from);
          return (
            <rect
              key={name}
              class={`phase-${index}`}
              x={(1_000 * before) / Math.max(1, total)}
              width={(1_000 * ((until ?? Date.now()) - from)) / Math.max(1, total)}
              height={10}
            />
          );
        })}
      </svg>
      <dl class="facts">
        {phases.map(({ name, from, until }, index) => (
          <div key={name}>
            <dt>
              <span class={`phase-key phase-${index}`} /> {name}
            </dt>
            <dd>
              {until === null ? (
                <Elapsed from={new Date(from).toISOString()} seconds={null} />
              ) : (
                <span class="number">{duration(until - from)}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

/** The events of a job from its submission on: they come until its end. */
function useJobEvents(id: string): { items: readonly FeedItem[]; error: ClientError | null } {
  const { client } = useLive();
  const [items, setItems] = useState<readonly FeedItem[]>([]);
  const [error, setError] = useState<ClientError | null>(null);
  useEffect(() => {
    const over = new AbortController();
    let after = 0;
    const follow = async (seen: AbortSignal) => {
      try {
        for await (const item of client.events({ job: id, after, signal: seen })) {
          if (over.signal.aborted) return;
          if (item.type !== 'gap') after = item.number;
          setItems((known) => [...known, item]);
        }
      } catch (thrown) {
        if (seen.aborted) return;
        if (!(thrown instanceof ClientError)) throw thrown;
        setError(thrown);
      }
    };
    setItems([]);
    setError(null);
    void whileSeen(over.signal, follow);
    return () => over.abort();
  }, [id]);
  return { items, error };
}
