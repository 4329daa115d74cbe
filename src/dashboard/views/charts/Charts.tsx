import { useEffect, useMemo } from 'preact/hooks';
import { machineNames } from '../../../schemas/server/machines.ts';
import { stepsOf } from '../../drawing/jobSteps.ts';
import { useKeys } from '../../keys.ts';
import { go, href, type Location } from '../../location.ts';
import { ErrorNote, Skeleton } from '../../parts/Notes.tsx';
import { useLive } from '../../state/live.ts';
import { useResource } from '../../state/useResource.ts';
import { useStore } from '../../state/useStore.ts';
import { summaryOf } from './chartsState.ts';
import { createChartsFeed, followCharts } from './followCharts.ts';
import { JobPath } from './JobPath.tsx';
import { LiveDrawing } from './LiveDrawing.tsx';
import { Stage } from './Stage.tsx';
import { Ticker } from './Ticker.tsx';

type Chart = (typeof machineNames)[number];

/** The charts in motion: `#/charts?chart=runner` has that one large, `&whole=1` with all it says, `?job=<id>` follows one job. */
export function Charts({ location: { query } }: { location: Location }) {
  const { client } = useLive();
  const feed = useMemo(createChartsFeed, []);
  useEffect(() => followCharts(client, feed), [client, feed]);
  const charts = useStore(feed.store, (known) => known.charts);
  const isLive = useStore(feed.store, (known) => known.isLive);

  const jobId = query.get('job') || null;
  const chosen = machineNames.find((name) => name === query.get('chart')) ?? 'job';
  const isWhole = query.get('whole') !== null;
  const to = (chart: Chart, whole = isWhole) =>
    href(['charts'], { job: jobId ?? undefined, chart, whole: whole ? 1 : undefined });
  useKeys(
    machineNames.map((name, at) => ({ key: String(at + 1), label: `Show the chart ${name}`, act: () => go(to(name)) })),
  );

  const outlines = useResource('outlines', async (signal) => {
    const texts = await Promise.all(machineNames.map((name) => client.drawing(`${name}.outline.svg`, { signal })));
    return new Map<Chart, string>(machineNames.map((name, at) => [name, texts[at] ?? '']));
  });
  const whole = useResource(isWhole ? chosen : null, async (signal) => client.drawing(`${chosen}.svg`, { signal }));
  const job = useResource(jobId, async (signal) => client.job(jobId ?? '', { signal }), {
    on: (event) => event.job_id === jobId,
  });
  const steps = useMemo(() => (job.value === null ? [] : stepsOf(job.value)), [job.value]);
  const text = isWhole ? whole.value : outlines.value?.get(chosen);
  const { error, reload } = outlines.error ? outlines : whole;

  return (
    <>
      <h1 class="hidden">The charts in motion</h1>
      <div class="charts" data-live={isLive}>
        {jobId !== null && <JobPath job={job} />}
        <nav class="chart-choice" aria-label="Charts">
          {machineNames.map((name) => (
            <a
              key={name}
              href={to(name)}
              class="panel"
              data-chart={name}
              aria-current={name === chosen ? 'true' : undefined}
            >
              <b>{name}</b>
              <span class="quiet-text">{charts === null ? '…' : summaryOf(charts, name)}</span>
              {outlines.value && (
                <span class="chart-small" aria-hidden="true">
                  <LiveDrawing
                    chart={name}
                    text={outlines.value.get(name) ?? ''}
                    feed={feed}
                    job={jobId}
                    steps={steps}
                    isSmall
                  />
                </span>
              )}
            </a>
          ))}
        </nav>
        {error && <ErrorNote error={error} retry={reload} />}
        {!error && !text && <Skeleton lines={8} />}
        {text && (
          <div class="chart-large" style={{ '--base': `${widthOf(text)}px` }}>
            <Stage
              name={chosen}
              width={widthOf(text)}
              isReady={charts !== null}
              choice={
                <a class="button" title="With guards and actions, or without" href={to(chosen, !isWhole)}>
                  {isWhole ? 'In outline' : 'In full'}
                </a>
              }
            >
              <LiveDrawing chart={chosen} text={text} feed={feed} job={jobId} steps={steps} />
            </Stage>
            <Ticker feed={feed} job={jobId} />
          </div>
        )}
      </div>
    </>
  );
}

/** Pixels of a drawing in its own size. */
const widthOf = (text: string): number => Number(/ width="([\d.]+)"/.exec(text)?.[1] ?? 800);
