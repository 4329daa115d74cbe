/**
 * Metric and filter of a name that a metric has in answers and in the journal: `exact_match,strict`. The filter `none` is not named
 * there. @param known the filter, where it was kept: a metric may have a comma in its own name.
 */
export function splitMetricName(name: string, known?: string): { metric: string; filter: string } {
  if (known !== undefined) {
    return { metric: name.endsWith(`,${known}`) ? name.slice(0, -known.length - 1) : name, filter: known };
  }
  const comma = name.lastIndexOf(',');
  return comma < 0 ? { metric: name, filter: 'none' } : { metric: name.slice(0, comma), filter: name.slice(comma + 1) };
}
