import { useEffect, useRef, useState } from 'preact/hooks';
import { ClientError } from '../../../client/index.ts';
import { href } from '../../location.ts';
import { Dialog } from '../../parts/Dialog.tsx';
import { Icon } from '../../parts/Icon.tsx';
import { ErrorNote } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { count, shortId } from '../../text.ts';
import { type Asked, type Bulk, carryOut, check, noOutcome, type Outcome, type Refusal, type Target } from './bulk.ts';

type Step = 'checking' | 'checked' | 'acting' | 'done';

const jobs = (number: number): string => (number === 1 ? '1 job' : `${count(number)} jobs`);

/** Asks before something is done to many jobs, with what the server says would become of them; then says what became of them. */
export function BulkDialog({ bulk, target, onClose }: { bulk: Bulk; target: Target; onClose(isDone: boolean): void }) {
  const { client } = useLive();
  const [step, setStep] = useState<Step>('checking');
  const [outcome, setOutcome] = useState<Outcome>(noOutcome);
  const [error, setError] = useState<ClientError | null>(null);
  const [priority, setPriority] = useState<number | null>(0);
  const over = useRef(new AbortController());
  /** Ends what is done to the jobs, after the part that is under way. */
  const stopping = useRef(new AbortController());
  /** Jobs that were looked at when it was confirmed. */
  const [meantInAll, setMeantInAll] = useState(0);

  const go = async (during: Step, then: Step, work: (asked: Asked) => Promise<Outcome>) => {
    over.current.abort();
    over.current = new AbortController();
    const { signal } = over.current;
    setStep(during);
    setError(null);
    const onSoFar = (soFar: Outcome) => signal.aborted || setOutcome(soFar);
    try {
      const found = await work({ bulk, priority: priority ?? 0, signal, onSoFar });
      if (signal.aborted) return;
      setOutcome(found);
      setStep(then);
    } catch (thrown) {
      if (signal.aborted) return;
      if (!(thrown instanceof ClientError)) throw thrown;
      setError(thrown);
      setStep(then);
    }
  };
  const look = () => {
    setOutcome(noOutcome);
    if (priority === null) return over.current.abort();
    void go('checking', 'checked', (asked) => check(client, target, asked));
  };
  useEffect(look, [priority]);
  useEffect(
    () => () => {
      over.current.abort();
      stopping.current.abort();
    },
    [],
  );
  const { done, already, refusals, newIds } = outcome;
  const all = done.length + already + refusals.reduce((sum, { ids }) => sum + ids.length, 0);

  const act = () => {
    stopping.current = new AbortController();
    setMeantInAll(all);
    // Nothing is done yet of what would be.
    setOutcome({ ...outcome, done: [] });
    void go('acting', 'done', (asked) => carryOut(client, outcome, { ...asked, signal: stopping.current.signal }));
  };

  const isOver = step === 'done';
  const meant = step === 'checked' && done.length > 0 ? jobs(done.length) : 'jobs';
  return (
    <Dialog
      title={isOver ? `${jobs(done.length)} ${bulk.done}` : `${bulk.label} ${meant}?`}
      onClose={() => onClose(isOver)}
    >
      {!isOver && <p>{bulk.consequence}</p>}
      {bulk.action === 'reprioritise' && !isOver && <PriorityField value={priority} onChange={setPriority} />}
      <div class="bulk-outcome" role="status">
        {step === 'checking' && <p class="quiet-text">Asking the server{all > 0 ? `: ${jobs(all)} so far` : ''}…</p>}
        {step === 'acting' && <p class="quiet-text">{jobs(done.length)} so far…</p>}
        {(step === 'checked' || isOver) && already > 0 && (
          <p>
            <Icon name="completed" /> {jobs(already)} {already === 1 ? 'is' : 'are'} so already.
          </p>
        )}
        {(step === 'checked' || isOver) &&
          refusals.map((refusal) => <Refused key={refusal.reason} {...refusal} isOver={isOver} />)}
        {isOver && meantInAll > all && error === null && (
          <p>It was stopped: {jobs(meantInAll - all)} are as they were.</p>
        )}
        {isOver && newIds.length > 0 && (
          <p class="bulk-jobs">
            New: <JobLinks ids={newIds} />
          </p>
        )}
        {step === 'checked' && error === null && priority !== null && done.length === 0 && (
          <p>There is nothing to be done.</p>
        )}
      </div>
      {error !== null && <ErrorNote error={error} {...(step === 'checked' && { retry: look })} />}
      <div class="dialog-buttons">
        {step === 'acting' ? (
          <button type="button" onClick={() => stopping.current.abort()}>
            Stop
          </button>
        ) : (
          <button type="button" onClick={() => onClose(isOver)}>
            {isOver ? 'Close' : 'Back'}
          </button>
        )}
        {!isOver && (
          <button
            type="button"
            class="primary"
            disabled={step !== 'checked' || done.length === 0 || error !== null || priority === null}
            onClick={act}
          >
            {`${bulk.label} ${meant}`}
          </button>
        )}
      </div>
    </Dialog>
  );
}

/** Ids that are named beside a reason. */
const NAMED = 6;

function Refused({ reason, ids, isOver }: Refusal & { isOver: boolean }) {
  const isOne = ids.length === 1;
  return (
    <div class="bulk-refused">
      <Icon name="warning" />
      <div>
        <p>
          <b>
            {jobs(ids.length)} {isOver ? (isOne ? 'was' : 'were') : isOne ? 'is' : 'are'} refused.
          </b>{' '}
          {reason.replace(/^Job /, isOne ? 'It ' : 'Each ')}
        </p>
        <p class="bulk-jobs">
          <JobLinks ids={ids} />
        </p>
      </div>
    </div>
  );
}

function JobLinks({ ids }: { ids: readonly string[] }) {
  return (
    <>
      {ids.slice(0, NAMED).map((id) => (
        <a key={id} href={href(['jobs', id])}>
          <code>{shortId(id)}</code>
        </a>
      ))}
      {ids.length > NAMED && <span class="quiet-text">and {count(ids.length - NAMED)} more</span>}
    </>
  );
}

/** @param onChange null: what is written is no priority. */
function PriorityField({ value, onChange }: { value: number | null; onChange(value: number | null): void }) {
  const read = (event: Event) => {
    const input = event.currentTarget;
    if (input instanceof HTMLInputElement) onChange(input.validity.valid ? Number(input.value) : null);
  };
  return (
    <label class="bulk-priority">
      New priority <input type="number" min={-100} max={100} step={1} required defaultValue="0" onInput={read} />
      <span class={value === null ? 'bulk-invalid' : 'quiet-text'}>a whole number, -100 to 100</span>
    </label>
  );
}
