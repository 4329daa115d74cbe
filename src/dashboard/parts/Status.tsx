import type { JobInfo } from '../../client/index.ts';
import { Icon } from './Icon.tsx';

/** The state of a job: never by its colour alone. A run that is asked to end says so. */
export function Status({
  status,
  stop_requested: stop,
}: Pick<JobInfo, 'status'> & Partial<Pick<JobInfo, 'stop_requested'>>) {
  const isStopping = status === 'running' && stop != null;
  return (
    <span class={`status status-${status}`}>
      <Icon name={status} />
      {isStopping ? 'stopping' : status}
    </span>
  );
}
