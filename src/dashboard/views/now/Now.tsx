import type { JobInfo } from '../../../client/index.ts';
import { hasRole } from '../../allowed.ts';
import { href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { Empty, ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { serverAddress } from '../../session.ts';
import { useLive } from '../../state/live.ts';
import { QUEUE_SHOWN } from '../../state/server.ts';
import { useAction } from '../../state/useAction.ts';
import { type Resource, useResource } from '../../state/useResource.ts';
import { useStore } from '../../state/useStore.ts';
import { count } from '../../text.ts';
import { Devices } from './Devices.tsx';
import { EndedList } from './EndedList.tsx';
import { QueueList } from './QueueList.tsx';
import { RunningJob } from './RunningJob.tsx';

/** Milliseconds between looks at what runs: progress is no event. */
const PROGRESS_EVERY = 2_000;
const ENDED_SHOWN = 8;
/** Jobs of each state that are asked for: those that were submitted last are not those that ended last. */
const ENDED_ASKED = 20;
const endedStates = ['completed', 'failed', 'cancelled'] as const;

/** What runs, what waits, what has ended last, and whose the devices are. */
export function Now() {
  const { client, caller, store } = useLive();
  const queue = useStore(store, (state) => state.queue);
  const health = useStore(store, (state) => state.health);
  const jobs = (ids: readonly string[]) => async (signal: AbortSignal) =>
    (await Promise.all(ids.map((id) => client.job(id, { signal }).catch(unlessForgotten)))).filter(
      (job) => job !== null,
    );

  const runningIds = queue?.running_jobs ?? [];
  const queuedIds = queue?.queued_jobs ?? [];
  const running = useResource(queue && `${runningIds}`, jobs(runningIds), { every: PROGRESS_EVERY, keep: true });
  const queued = useResource(queue && `${queuedIds}`, jobs(queuedIds), { every: 5 * PROGRESS_EVERY, keep: true });
  const ended = useResource(
    'ended',
    async (signal) => {
      // By state: the newest jobs of all may be a long queue.
      const pages = await Promise.all(
        endedStates.map((status) => client.jobs({ status, limit: ENDED_ASKED }, { signal })),
      );
      return latestEnded(pages.flatMap(({ jobs: found }) => found));
    },
    { on: ({ type }) => endedStates.some((state) => state === type) },
  );
  const isEmpty = queue !== null && runningIds.length + queue.queue_size === 0;
  const isNew = isEmpty && ended.value?.length === 0;

  return (
    <>
      <h1 class="hidden">What the server is doing now</h1>
      <div class="now">
        <section aria-labelledby="running" class="now-wide">
          <h2 id="running">
            Running <Count of={runningIds.length} />
            {health && <span class="quiet-text"> of {count(health.slots)}</span>}
            {queue !== null && queue.pending_jobs > 0 && (
              <span class="quiet-text">, {count(queue.pending_jobs)} not begun</span>
            )}
          </h2>
          <Listed resource={running} ids={runningIds}>
            {(found) => found.map((job) => <RunningJob key={job.job_id} job={job} />)}
          </Listed>
          {queue !== null && runningIds.length === 0 && (
            <Empty title="Nothing runs" {...(isNew && hasRole(caller, 'submit') && { command: FIRST })}>
              {isNew ? 'Submit an evaluation, from a terminal or by New.' : undefined}
            </Empty>
          )}
        </section>
        {health?.engine.devices && <Devices devices={health.engine.devices} />}
        <section aria-labelledby="queue">
          <h2 id="queue">
            Queue <Count of={queue?.queue_size ?? 0} />
          </h2>
          {queue !== null && !queue.paused && hasRole(caller, 'admin') && <PauseButton />}
          <Listed resource={queued} ids={queuedIds}>
            {(found) => <QueueList jobs={found} />}
          </Listed>
          {queue !== null && queue.queue_size === 0 && <p class="quiet-text">Nothing waits.</p>}
          {queue !== null && queue.queue_size > QUEUE_SHOWN && (
            <a href={href(['jobs'], { status: 'queued', order: 'oldest' })}>All {count(queue.queue_size)} that wait</a>
          )}
        </section>
        <section aria-labelledby="ended">
          <h2 id="ended">Ended last</h2>
          {ended.error && !ended.value && <ErrorNote error={ended.error} retry={ended.reload} />}
          {ended.value === null ? !ended.error && <Skeleton /> : <EndedList jobs={ended.value} />}
        </section>
      </div>
    </>
  );
}

/** Starts nothing more. The banner over the page has the way back. */
function PauseButton() {
  const { client, store } = useLive();
  const pause = useAction(async () => {
    await client.pause();
    store.trigger['queue.read']({ queue: await client.queue({ limit: QUEUE_SHOWN }), at: Date.now() });
  });
  return (
    <>
      <button type="button" class="quiet now-pause" onClick={() => pause.run()} disabled={pause.isRunning}>
        <Icon name="pause" />
        Pause
      </button>
      {pause.error && <ErrorNote error={pause.error} />}
    </>
  );
}

/** A first evaluation, for a newcomer's terminal. */
const FIRST = `npx evald submit --server ${serverAddress()} nearest-template demo_digits`;

function Count({ of }: { of: number }) {
  return <span class="count">{count(of)}</span>;
}

function Listed({
  resource,
  ids,
  children,
}: {
  resource: Resource<JobInfo[]>;
  ids: readonly string[];
  children(jobs: JobInfo[]): preact.ComponentChildren;
}) {
  const { value, error, reload } = resource;
  if (ids.length === 0) return null;
  if (value !== null) return <>{children(value)}</>;
  return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton />;
}

/** The newest submissions that have ended, the one that ended last first. */
function latestEnded(jobs: readonly JobInfo[]): JobInfo[] {
  return jobs
    .filter(({ completed_at }) => completed_at !== null)
    .sort((a, b) => Date.parse(b.completed_at ?? '') - Date.parse(a.completed_at ?? ''))
    .slice(0, ENDED_SHOWN);
}

function unlessForgotten(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'notFound') return null;
  throw error;
}
