import { useState } from 'preact/hooks';
import type { JobInfo } from '../../../../client/index.ts';
import { CopyButton } from '../../../parts/Copy.tsx';
import { Dialog } from '../../../parts/Dialog.tsx';
import { ErrorNote } from '../../../parts/Notes.tsx';
import { useLive } from '../../../state/live.ts';
import { useAction } from '../../../state/useAction.ts';

/** Lines that are copied: as many as one pastes into a report. */
const COPIED = 500;

/** Copies the end of a log, without colours. */
export function CopyLog({ job, task }: { job: JobInfo; task: string | undefined }) {
  const { client } = useLive();
  const [text, setText] = useState<string | null>(null);
  const fetchEnd = useAction(async () => setText(await client.log(job.job_id, { tail: COPIED, task })));
  return (
    <>
      <button type="button" class="quiet" disabled={fetchEnd.isRunning} onClick={() => fetchEnd.run()}>
        Copy …
      </button>
      {text !== null && (
        <Dialog title={`The last ${COPIED} lines`} onClose={() => setText(null)}>
          <CopyButton text={text} />
          <textarea class="log-copied" readOnly rows={16} aria-label="The lines" value={text} />
        </Dialog>
      )}
      {fetchEnd.error && <ErrorNote error={fetchEnd.error} />}
    </>
  );
}
