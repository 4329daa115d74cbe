import { useEffect, useRef, useState } from 'preact/hooks';
import { useKeys } from '../../keys.ts';
import { go, href, type Location } from '../../location.ts';
import { JobLink } from '../../parts/JobLink.tsx';
import { Empty, ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { findJob } from './findJob.ts';
import { JobHead } from './JobHead.tsx';
import { tabHref } from './tabHref.ts';
import { nextTab, tabAt, tabs } from './tabs.ts';

/** Milliseconds between looks at a job that has not ended: its progress, and when it may start, are no events. */
const LOOK_EVERY = 2_000;

/** One job: what it is and how it is, then a tab: `#/jobs/<id>/<tab>`. The beginning of an id leads to the job as well. */
export function Job({ location }: { location: Location }) {
  const { client } = useLive();
  const { path, query } = location;
  const id = path[1] ?? '';
  const [isEnded, setEnded] = useState(false);
  const { value, error, reload } = useResource(id, (signal) => findJob(client, id, signal), {
    on: (item) => item.job_id.startsWith(id),
    every: isEnded ? undefined : LOOK_EVERY,
    keep: true,
  });
  useEffect(() => setEnded(value?.kind === 'job' && value.job.completed_at !== null), [value]);
  const tab = tabAt(path[2]);
  const found = value?.kind === 'job' && value.job.job_id.startsWith(id) ? value.job : null;
  useEffect(() => {
    if (found !== null && found.job_id !== id)
      go(href(['jobs', found.job_id, ...path.slice(2)], query), { replace: true });
  }, [found?.job_id, id]);
  const tabList = useRef<HTMLElement>(null);
  const isShown = found !== null;
  useEffect(() => {
    // On a small screen not all of them fit beside each other.
    tabList.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [tab.name, isShown]);
  useKeys([
    ...tabs.map(({ name, label }, index) => ({
      key: String(index + 1),
      label,
      act: () => go(tabHref(id, name)),
    })),
    { key: '[', label: 'Previous tab', act: () => go(tabHref(id, nextTab(tab.name, -1))) },
    { key: ']', label: 'Next tab', act: () => go(tabHref(id, nextTab(tab.name, 1))) },
  ]);

  if (found !== null) {
    return (
      <div class="job">
        {error && <ErrorNote error={error} retry={reload} />}
        <JobHead job={found} onChanged={reload} />
        <nav class="tabs" aria-label="Parts of the job" ref={tabList}>
          {tabs.map(({ name, label }) => (
            <a key={name} href={tabHref(id, name)} aria-current={name === tab.name ? 'page' : undefined}>
              {label}
            </a>
          ))}
        </nav>
        <section class="job-tab" aria-label={tab.label} key={`${found.job_id} ${tab.name}`}>
          <tab.View job={found} location={location} />
        </section>
      </div>
    );
  }
  if (value?.kind === 'several') {
    return (
      <div class="job">
        <h1>Several jobs have an id that begins with {id}</h1>
        <ul class="list">
          {value.jobs.map((job) => (
            <li key={job.job_id} class="list-row">
              <JobLink job={job} />
            </li>
          ))}
        </ul>
      </div>
    );
  }
  if (value?.kind === 'none') {
    return (
      <Empty title="There is no such job">
        No job that is kept has the id {id}: it was forgotten, or the address is wrong.{' '}
        <a href={href(['jobs'])}>All jobs</a>
      </Empty>
    );
  }
  return error ? <ErrorNote error={error} retry={reload} /> : <Skeleton lines={6} />;
}
