import { useEffect, useMemo, useState } from 'preact/hooks';
import type { JobInfo } from '../../../client/index.ts';
import { checkpointName, labelTexts, shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { Combobox } from '../../parts/Combobox.tsx';
import { Ago } from '../../parts/Time.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { findJob } from '../job/findJob.ts';

/** Jobs that are suggested, and milliseconds after a key before they are looked for. */
const SUGGESTED = 40;
const TYPED = 250;

/** A job as an option of a list, which no other job has: it ends in its whole id. */
const optionOf = (job: JobInfo): string =>
  [
    checkpointName(job.request) ?? job.request.model,
    job.request.tasks.slice(0, 3).join(', '),
    ...labelTexts(job.labels).slice(0, 4),
    job.job_id,
  ].join(' · ');

type Props = {
  name: 'a' | 'b';
  label: string;
  id: string | undefined;
  onChoose(id: string): void;
  /** The id was the beginning of this one. */
  onKnown(id: string): void;
};

/** A job that has completed, to be found by any text in it, or given by its id. */
export function JobField({ name, label, id, onChoose, onKnown }: Props) {
  const { client } = useLive();
  const [typed, setTyped] = useState<string | null>(null);
  const [isUsed, setUsed] = useState(false);
  const [searched, setSearched] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSearched((typed ?? '').trim()), TYPED);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = useResource(
    isUsed ? searched : null,
    (signal) =>
      client.jobs({ status: 'completed', q: searched.slice(0, 200) || undefined, limit: SUGGESTED }, { signal }),
    { on: ({ type }) => type === 'completed', keep: true },
  );
  const known = useResource(id ?? null, (signal) => findJob(client, id ?? '', signal));
  const job = known.value?.kind === 'job' ? known.value.job : null;
  useEffect(() => {
    if (job !== null && id !== undefined && job.job_id !== id && job.job_id.startsWith(id)) onKnown(job.job_id);
  }, [job?.job_id, id]);
  const options = useMemo(
    () => new Map((found.value?.jobs ?? []).map((one) => [optionOf(one), one.job_id])),
    [found.value],
  );
  const field = `compare-${name}`;
  return (
    <div
      class="compare-job"
      onFocusIn={({ target }) => {
        setUsed(true);
        if (target instanceof HTMLInputElement) target.select();
      }}
    >
      <label for={field}>{label}</label>
      <Combobox
        id={field}
        name="Completed jobs"
        placeholder="Search: checkpoint, label, id"
        areFound
        value={typed ?? (job === null ? (id ?? '') : nameOf(job))}
        options={[...options.keys()]}
        onInput={setTyped}
        onBlur={() => setTyped(null)}
        onChoose={(chosen) => {
          setTyped(null);
          const to = options.get(chosen) ?? (/^[\da-f-]{4,36}$/.test(chosen.trim()) ? chosen.trim() : undefined);
          if (to !== undefined) onChoose(to);
        }}
      />
      <p class="quiet-text compare-job-about">
        {job !== null ? (
          <>
            <a href={href(['jobs', job.job_id])}>
              <code>{shortId(job.job_id)}</code>
            </a>{' '}
            <bdi>{job.request.model}</bdi>, ended <Ago time={job.completed_at} />{' '}
            {labelTexts(job.labels).map((text) => (
              <bdi key={text} class="label">
                {text}
              </bdi>
            ))}
          </>
        ) : known.value?.kind === 'none' ? (
          'No job that is kept has this id.'
        ) : known.value?.kind === 'several' ? (
          'Several jobs have an id that begins so.'
        ) : (
          known.error?.message
        )}
      </p>
    </div>
  );
}

const nameOf = (job: JobInfo): string => checkpointName(job.request) || job.request.model;
