/**
 * What is measured. A ceiling is what the same machine does with nothing around it: a bare route, a bare loop, a program that is
 * started by hand. `bullmq` and `pgBoss` are the bare route with another queue behind it. `evaldWarm` and `evaldCold` are evald
 * on lmms-eval itself, with and without warm starts.
 */
export type Subject = 'evald' | 'evaldWarm' | 'evaldCold' | 'original' | 'ceiling' | 'bullmq' | 'pgBoss';

/** Everything that was measured: values by figure and subject, in the order in which they came. */
export type Values = { [figure: string]: { [subject in Subject]?: number[] } };

/** Collects values. A figure is named by what is measured and its unit: `submit.64.perSecond`, `start.ms`. */
export class Figures {
  readonly values: Values = {};

  add(figure: string, subject: Subject, value: number): void {
    const subjects = this.values[figure] ?? {};
    this.values[figure] = { ...subjects, [subject]: [...(subjects[subject] ?? []), value] };
  }

  /** The median of what was measured; undefined when nothing was. */
  of(figure: string, subject: Subject): number | undefined {
    return median(this.values[figure]?.[subject] ?? []);
  }

  /** One figure of a subject by another; undefined when one of them was not measured. */
  ratio(of: readonly [figure: string, subject: Subject], by: readonly [figure: string, subject: Subject]) {
    const [value, base] = [this.of(...of), this.of(...by)];
    return value === undefined || base === undefined || base === 0 ? undefined : value / base;
  }
}

/** The middle value; the mean of the two in the middle of an even number; undefined of none. */
export function median(values: readonly number[]): number | undefined {
  return percentile(values, 50);
}

/** The value below which so many of a hundred lie, between two values in proportion. */
export function percentile(values: readonly number[], percent: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below === undefined || above === undefined ? undefined : below + (above - below) * (place % 1);
}
