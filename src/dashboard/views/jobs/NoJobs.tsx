import { hasRole } from '../../allowed.ts';
import { Empty } from '../../parts/Notes.tsx';
import { serverAddress } from '../../session.ts';
import { useLive } from '../../state/live.ts';
import { isUnfiltered, type JobsView } from './filters.ts';

/** There are no jobs, or none like this. */
export function NoJobs({ view, onClear }: { view: JobsView; onClear(): void }) {
  const { caller } = useLive();
  if (!isUnfiltered(view)) {
    return (
      <div class="empty">
        <p class="empty-title">No job matches</p>
        <button type="button" onClick={onClear}>
          Clear the search
        </button>
      </div>
    );
  }
  return hasRole(caller, 'submit') ? (
    <Empty title="No jobs yet" command={`npx evald submit --server ${serverAddress()} nearest-template demo_digits`}>
      Submit an evaluation, from a terminal or by New.
    </Empty>
  ) : (
    <Empty title="No jobs yet">An evaluation is listed here as soon as it is submitted.</Empty>
  );
}
