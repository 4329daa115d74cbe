import type { JobInfo } from '../../client/index.ts';
import { checkpointName, checkpointPath, labelTexts, shortId } from '../../text/jobs.ts';
import { href } from '../location.ts';

/** What a job evaluates, as a link to it: the checkpoint or else the model, its tasks, labels and id. */
export function JobLink({ job }: { job: JobInfo }) {
  const { job_id: id, request, labels } = job;
  const checkpoint = checkpointName(request);
  return (
    <div class="job-link">
      <a class="job-name cut" href={href(['jobs', id])} title={checkpointPath(request) ?? request.model}>
        {checkpoint ?? request.model}
      </a>
      <span class="quiet-text cut" title={request.tasks.join(', ')}>
        {checkpoint !== null && `${request.model} · `}
        {request.tasks.join(', ')}
      </span>
      <span class="quiet-text">
        {labelTexts(labels).map((label) => (
          <span key={label} class="label">
            {label}
          </span>
        ))}
        <code>{shortId(id)}</code>
      </span>
    </div>
  );
}
