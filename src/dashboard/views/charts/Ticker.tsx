import { shortId } from '../../../text/jobs.ts';
import { href } from '../../location.ts';
import { useStore } from '../../state/useStore.ts';
import { clockTime } from '../../text.ts';
import type { ChartsFeed } from './followCharts.ts';

const NONE: never[] = [];

/** What happened since the view was opened, the newest first. @param job only what is about this one. */
export function Ticker({ feed, job }: { feed: ChartsFeed; job: string | null }) {
  const all = useStore(feed.store, ({ charts }) => charts?.ticks ?? NONE);
  const ticks = all.filter(({ job_id }) => job === null || job_id === job);
  return (
    <section class="panel ticker" aria-labelledby="ticker">
      <h2 id="ticker">Transitions</h2>
      {ticks.length === 0 && <p class="quiet-text">None since this view was opened.</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls is to be reached by the keyboard. */}
      <ol tabIndex={0} aria-labelledby="ticker">
        {ticks.map(({ number, at, machine, job_id: id, from, to, event, transition }) => (
          <li key={number} class={`tick-${machine}`}>
            <time class="number quiet-text">{clockTime(at)}</time> <b>{machine}</b>{' '}
            {id !== null && (
              <a href={href(['charts'], { job: id })} title={id}>
                <code>{shortId(id)}</code>
              </a>
            )}{' '}
            <code>
              {from ?? '●'} → {to}
            </code>{' '}
            <span class="quiet-text">{eventText(event, transition)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The engine's own events by what they mean, as the arrow's name has it. */
function eventText(event: string, transition: string | null): string {
  const name = transition?.split('--')[1] ?? '';
  const [, kind, what] = /^(after|done|error)\.(.+)$/.exec(name) ?? [];
  if (kind === 'after') return `after ${what}`;
  if (kind !== undefined) return `${what} ${kind === 'done' ? 'done' : 'failed'}`;
  return name === 'always' ? 'at once' : event;
}
