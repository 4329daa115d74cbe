import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { TransitionReport } from '../../../client/index.ts';
import { shortId } from '../../../text/jobs.ts';
import { createDrawing, type PathStep } from '../../drawing/drawing.ts';
import { useStore } from '../../state/useStore.ts';
import { shownOf } from './chartsState.ts';
import type { ChartsFeed } from './followCharts.ts';
import { moveToken } from './token.ts';

type Props = {
  chart: TransitionReport['machine'];
  /** The drawing, as the server sends it. */
  text: string;
  feed: ChartsFeed;
  /** Only this job's part in it. */
  job: string | null;
  /** That job's way through its chart, which the chart of jobs shows. */
  steps?: readonly PathStep[];
  /** A small one to choose it by: without counts, and nothing moves in it. */
  isSmall?: boolean;
};

/** The drawing of a chart, lit where it is. */
export function LiveDrawing({ chart, text, feed, job, steps, isSmall = false }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawing = useMemo(() => createDrawing(text), [text]);
  const charts = useStore(feed.store, (known) => known.charts);

  useEffect(() => {
    box.current?.replaceChildren(drawing.svg);
    return drawing.end;
  }, [drawing]);
  useEffect(() => {
    if (charts === null) return;
    const { lit, badges } = shownOf(charts, chart, job);
    const last = chart === 'job' ? steps?.at(-1) : undefined;
    drawing.light(last === undefined ? lit : [last.state]);
    if (!isSmall) drawing.badge(badges);
  }, [drawing, charts, chart, job, steps]);
  useEffect(() => drawing.path(chart === 'job' ? (steps ?? []) : []), [drawing, chart, steps]);
  useEffect(
    () =>
      feed.subscribe(({ machine, job_id, transition }) => {
        if (machine !== chart || (job !== null && machine !== 'scheduler' && job_id !== job)) return;
        drawing.flash(transition);
        if (machine === 'job' && job_id !== null && !isSmall) moveToken(drawing.lineOf(transition), shortId(job_id));
      }),
    [drawing, feed, chart, job],
  );
  return <div class="chart-drawing" ref={box} />;
}
