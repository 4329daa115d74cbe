/**
 * Metric and filter of a name that a metric has in answers and in the journal: `exact_match,strict`. The filter `none` is not named
 * there.
 */
export function splitMetricName(name: string): { metric: string; filter: string } {
  const comma = name.lastIndexOf(',');
  return comma < 0 ? { metric: name, filter: 'none' } : { metric: name.slice(0, comma), filter: name.slice(comma + 1) };
}
