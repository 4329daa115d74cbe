import { go, href, type Location } from '../../location.ts';

/** Which scores are shown, as the address of Scores and of Leaderboard says it. */
export type ScoreFilter = {
  task: string | undefined;
  model: string | undefined;
  /** Name and value: `run:r7`. */
  label: string | undefined;
  /** A day or a time: `2026-11-30`. */
  since: string | undefined;
};

/** Reads the query of an address; what cannot be a filter is left out. */
export function readFilter(query: URLSearchParams): ScoreFilter {
  const text = (name: string) => query.get(name)?.trim() || undefined;
  const since = text('since');
  return {
    task: text('task'),
    model: text('model'),
    label: labelOf(text('label') ?? ''),
    since: since !== undefined && !Number.isNaN(Date.parse(since)) ? since : undefined,
  };
}

/** A label as the server takes it, of `run:r7` or `run=r7`; undefined: it is none. */
export function labelOf(text: string): string | undefined {
  const [, name, value] = /^([\w./-]{1,64})[:=](.+)$/s.exec(text.trim()) ?? [];
  return name === undefined ? undefined : `${name}:${value}`;
}

/** What is asked of the server. A day begins where the reader is. */
export const askedOf = ({ since, ...filter }: ScoreFilter) => ({
  ...filter,
  since:
    since === undefined
      ? undefined
      : new Date(/^\d{4}-\d\d-\d\d$/.test(since) ? `${since}T00:00` : since).toISOString(),
});

/** How the scores are drawn. */
export type PlotView = {
  metric: string | undefined;
  filter: string | undefined;
  /** `time`, or `label:` and a name; undefined: steps where there are any, else the time. */
  x: string | undefined;
  isLog: boolean;
  isTable: boolean;
  /** Lines that are not drawn. */
  hidden: ReadonlySet<string>;
};

export function readPlotView(query: URLSearchParams): PlotView {
  const x = query.get('x') ?? '';
  return {
    metric: query.get('metric') ?? undefined,
    filter: query.get('filter') ?? undefined,
    x: /^(?:time|label:[\w./-]{1,64})$/.test(x) ? x : undefined,
    isLog: query.get('scale') === 'log',
    isTable: query.get('view') === 'table',
    hidden: new Set(query.getAll('hide')),
  };
}

/** Writes parts of the query of an address anew; undefined: it is left out. */
export function change(
  { path, query }: Location,
  parts: { readonly [name: string]: string | readonly string[] | undefined },
  options: { replace?: boolean } = { replace: true },
): void {
  go(changed({ path, query }, parts), options);
}

/** The address that {@link change} leads to. */
export function changed(
  { path, query }: Location,
  parts: { readonly [name: string]: string | readonly string[] | undefined },
): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(parts)) {
    next.delete(name);
    for (const each of typeof value === 'string' ? [value] : (value ?? [])) next.append(name, each);
  }
  return href(path, next);
}
