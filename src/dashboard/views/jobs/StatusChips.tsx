import type { JobStatus, Queue } from '../../../client/index.ts';
import { href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { useLive } from '../../state/live.ts';
import { useStore } from '../../state/useStore.ts';
import { count } from '../../text.ts';
import { type JobsView, statuses, viewQuery } from './filters.ts';

const countIn = (queue: Queue, status: JobStatus): number => {
  switch (status) {
    case 'queued':
      return queue.queue_size;
    case 'running':
      return queue.running_jobs.length;
    case 'completed':
      return queue.completed_jobs;
    case 'failed':
      return queue.failed_jobs;
    case 'cancelled':
      return queue.cancelled_jobs;
  }
};

/** How many jobs the server has in each state; each leads to those, with the rest of the filter as it is. */
export function StatusChips({ view }: { view: JobsView }) {
  const { store } = useLive();
  const queue = useStore(store, (state) => state.queue);
  const all = queue && statuses.reduce((sum, status) => sum + countIn(queue, status), 0);
  const chip = (status: JobStatus | undefined, number: number | null) => (
    <a
      key={status ?? 'all'}
      class="chip"
      href={href(['jobs'], viewQuery({ ...view, status }))}
      aria-current={view.status === status ? 'true' : undefined}
    >
      {status !== undefined && (
        <span class={`status-${status}`}>
          <Icon name={status} />
        </span>
      )}
      {status ?? 'all'} {number !== null && <span class="count">{count(number)}</span>}
    </a>
  );
  return (
    <nav class="chips" aria-label="States">
      {chip(undefined, all)}
      {statuses.map((status) => chip(status, queue && countIn(queue, status)))}
    </nav>
  );
}
