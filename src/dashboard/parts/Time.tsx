import { useEffect, useState } from 'preact/hooks';
import { ago, span } from '../../text/times.ts';

/** The time, by the second: every component that shows one uses the same timer. */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function useSecond(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const tick = () => setNow(Date.now());
    listeners.add(tick);
    timer ??= setInterval(() => {
      if (!document.hidden) for (const listener of listeners) listener();
    }, 1_000);
    return () => {
      listeners.delete(tick);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, []);
  return now;
}

/** How long ago something was, or in how long it is; the moment itself on the pointer. */
export function Ago({ time }: { time: string | null }) {
  const now = useSecond();
  if (time === null) return null;
  return (
    <time dateTime={time} title={new Date(time).toLocaleString()}>
      {Date.parse(time) > now || now - Date.parse(time) >= 1_000 ? ago(time, now) : 'now'}
    </time>
  );
}

/** How long something has taken, or took. */
export function Elapsed({ from, seconds }: { from: string; seconds: number | null }) {
  const now = useSecond();
  return <span class="number">{span(seconds ?? Math.max(0, (now - Date.parse(from)) / 1_000))}</span>;
}
