import { signed } from '../../../text/comparison.ts';
import { intervalOf, MINUS } from './verdicts.ts';

const WIDTH = 160;
const HEIGHT = 18;
const MIDDLE = WIDTH / 2;

type Props = {
  delta: number;
  interval: readonly [number, number];
  /** What the ends of the scale are away from 0. */
  extent: number;
  verdict: string;
};

/** A difference with its interval around 0. The numbers stand beside it as text. */
export function IntervalBar({ delta, interval, extent, verdict }: Props) {
  const at = (value: number) => MIDDLE + (Math.max(-1, Math.min(1, value / extent)) * (WIDTH - 8)) / 2;
  const [low, high] = [at(interval[0]), at(interval[1])];
  return (
    <svg
      class={`interval-bar verdict-${verdict}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={`Difference ${signed(delta, MINUS)}, 95 % interval ${intervalOf(interval)}`}
    >
      <path class="interval-zero" d={`M${MIDDLE} 0V${HEIGHT}`} />
      <path class="interval-span" d={`M${low} 9H${Math.max(high, low + 1)}M${low} 5v8M${high} 5v8`} />
      <circle cx={at(delta)} cy={9} r={3.5} />
    </svg>
  );
}

/** How far the scale of each metric reaches: differences of one metric are drawn to one scale. */
export function extentsOf(
  comparisons: readonly { metric: string; interval: readonly [number, number] | null }[],
): ReadonlyMap<string, number> {
  const extents = new Map<string, number>();
  for (const { metric, interval } of comparisons) {
    if (interval === null) continue;
    const largest = Math.max(Math.abs(interval[0]), Math.abs(interval[1]));
    extents.set(metric, Math.max(extents.get(metric) ?? 0, largest));
  }
  return extents;
}
