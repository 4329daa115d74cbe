import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { go, href } from '../../location.ts';
import { Icon } from '../../parts/Icon.tsx';
import { save } from '../../parts/SaveButton.tsx';
import { count } from '../../text.ts';
import { useWidth } from '../jobs/useWidth.ts';
import { type Chosen, lastOf, pointAt, step } from './chosen.ts';
import type { Panel, Point } from './lines.ts';
import { axisName } from './plot/axes.ts';
import type { DrawnPlot } from './plot/drawPlot.ts';
import type { Nearest } from './plot/finder.ts';
import { onInksChanged, readInks } from './plot/inks.ts';
import { pictureOf } from './plot/picture.ts';
import { Readout } from './Readout.tsx';
import { metricText } from './readScores.ts';

/** Pixels from the pointer within which a point is meant by a click. */
const NEAR = 14;
/** Pixels that the pointer moves within a click: further it chooses a part of the axis. */
const STILL = 4;

type Props = {
  panel: Panel;
  task: string;
  /** `time`, or `label:` and a name. */
  axis: string;
  isLog: boolean;
  hidden: ReadonlySet<string>;
  height: number;
};

/** One metric: a line a run, with its band. The pointer and the arrow keys read it, a click and Enter lead to the job of a point. */
export function Plot({ panel, task, axis, isLog, hidden, height }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const drawn = useRef<DrawnPlot | null>(null);
  const width = useWidth(box);
  const pressed = useRef({ x: 0, y: 0 });
  const [isLost, setLost] = useState(false);
  const [isDrawn, setDrawn] = useState(false);
  const [repaint, setRepaint] = useState(0);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const lines = useMemo(() => panel.lines.filter(({ name }) => !hidden.has(name)), [panel, hidden]);
  const isReady = width > 0;

  useEffect(() => onInksChanged(() => setRepaint((times) => times + 1)), []);
  useEffect(() => {
    setChosen(null);
  }, [lines]);
  useEffect(() => {
    const element = box.current;
    if (element === null || !isReady) return;
    let isOver = false;
    import('./plot/drawPlot.ts').then(
      ({ drawPlot }) => {
        if (isOver) return;
        const inks = readInks(element);
        drawn.current = drawPlot(element, { lines, axis, isLog, inks, width: element.clientWidth, height });
        setDrawn(true);
      },
      () => setLost(true),
    );
    return () => {
      isOver = true;
      drawn.current?.end();
      drawn.current = null;
      setDrawn(false);
    };
  }, [lines, axis, isLog, height, isReady, repaint]);
  useEffect(() => {
    if (width > 0) drawn.current?.resize(width);
  }, [width, isDrawn]);

  const point = pointAt(lines, chosen);
  const place = point && isDrawn ? (drawn.current?.placeOf(point) ?? null) : null;
  const nearest = (event: MouseEvent): Nearest | null => {
    if (box.current === null) return null;
    const { left, top } = box.current.getBoundingClientRect();
    return drawn.current?.nearestTo(event.clientX - left, event.clientY - top) ?? null;
  };
  const open = (to: Point | null) => to !== null && go(href(['jobs', to.score.job_id]));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === 'Enter') open(point);
    else {
      const next = step(lines, chosen, event.key);
      if (next === null) return;
      setChosen(next);
    }
    event.preventDefault();
  };
  const title = `${metricText(panel)} of ${task}`;
  return (
    <figure class="plot panel" aria-label={title}>
      <figcaption class="plot-head">
        <h2>
          <bdi>{metricText(panel)}</bdi>
        </h2>
        {panel.higherIsBetter !== null && (
          <span class="direction">
            <Icon name={panel.higherIsBetter ? 'higher' : 'lower'} />
            {panel.higherIsBetter ? 'higher' : 'lower'} is better
          </span>
        )}
        <button
          type="button"
          class="quiet"
          disabled={!isDrawn}
          aria-label={`Save ${title} as PNG`}
          onClick={async () => {
            if (drawn.current === null || box.current === null) return;
            const legend = lines.map(({ name, index }) => ({ name, index }));
            save('scores.png', await pictureOf(drawn.current.canvas, title, legend, readInks(box.current)));
          }}
        >
          <Icon name="download" />
          PNG
        </button>
      </figcaption>
      {isLost && <p class="note note-error">The part of the page that draws did not come. Load the page again.</p>}
      <div
        class="plot-box"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys go from point to point in it.
        tabIndex={0}
        role="application"
        aria-roledescription="plot"
        aria-label={`${title} by ${axisName(axis)}: arrow keys go from score to score, Enter opens the job`}
        style={{ height: `${height}px` }}
        onKeyDown={onKeyDown}
        onFocus={() => chosen === null && setChosen(lastOf(lines))}
        onPointerMove={(event) => {
          const found = nearest(event);
          if (found === null || (found.line === chosen?.line && found.point === chosen.point)) return;
          setChosen({ line: found.line, point: found.point });
        }}
        onPointerDown={({ clientX, clientY }) => {
          pressed.current = { x: clientX, y: clientY };
        }}
        onClick={(event) => {
          const { x, y } = pressed.current;
          if (Math.hypot(event.clientX - x, event.clientY - y) > STILL) return;
          const found = nearest(event);
          if (found !== null && found.distance <= NEAR) open(pointAt(lines, found));
        }}
      >
        {place !== null && <span class="plot-cursor" style={{ left: `${place.left}px`, top: `${place.top}px` }} />}
      </div>
      {!isDrawn && !isLost && (
        <span class="hidden" role="status">
          Drawing
        </span>
      )}
      <p class="plot-readout" aria-live="polite">
        {!isDrawn ? null : point === null ? (
          <span class="quiet-text">
            Point at a score to read it; a click opens its job. Drag to enlarge a part, double-click for all.
          </span>
        ) : (
          <Readout point={point} line={lines[chosen?.line ?? 0]} axis={axis} />
        )}
      </p>
      <NotDrawn panel={panel} />
    </figure>
  );
}

function NotDrawn({ panel: { offAxis, replaced } }: { panel: Panel }) {
  if (offAxis === 0 && replaced === 0) return null;
  return (
    <p class="quiet-text">
      {offAxis > 0 && `${count(offAxis)} without a place on this axis. `}
      {replaced > 0 && `${count(replaced)} measured again later: the newest is drawn. `}
      The table has all.
    </p>
  );
}
