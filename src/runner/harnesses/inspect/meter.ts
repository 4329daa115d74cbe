import type { Meter } from '../../progress/meter.ts';

/** As `python/harness/evald_inspect.py` prints it. */
const LINE = /^evald: (\d{1,9})\/(\d{1,9}) samples, (.{1,80})/;
const LONGEST_LINE = 1_000;

/** Reads how far a run is off the last line of its own program that says it. */
export function createInspectMeter(): Meter {
  let reported = '';
  return (lines) => {
    for (const line of lines.toReversed()) {
      const found = line.length > LONGEST_LINE ? null : LINE.exec(line);
      if (found === null) continue;
      if (found[0] === reported) return null;
      reported = found[0];
      const [done, total] = [Number(found[1]), Number(found[2])];
      const percent = total === 0 ? 0 : Math.min(100, (100 * done) / total);
      return { phase: found[3] ?? '', done, total, percent, rate: null, eta_seconds: null };
    }
    return null;
  };
}
