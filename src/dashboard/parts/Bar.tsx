/** Percent of the bar that move in it while it is not known how far something is. */
const UNKNOWN = 30;

/** How far something is. @param percent 0 to 100; null: not known yet. */
export function Bar({ percent, label }: { percent: number | null; label: string }) {
  const known = percent === null ? {} : { 'aria-valuenow': Math.round(percent) };
  return (
    <div
      class={`bar${percent === null ? ' bar-unknown' : ''}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...known}
    >
      <div class="bar-done" style={{ width: `${percent ?? UNKNOWN}%` }} />
    </div>
  );
}
