import { z } from 'zod';
import { parseExactly } from '../../results/files/pythonJson.ts';
import { checkSize, type ResultsFile, resultsFileSchema } from '../../results/files/resultsFile.ts';

/** A number of any size; NaN and infinity are read as NaN, and null is no number. */
const number = (what: string) =>
  z.custom<unknown>((value) => value === null || typeof value === 'number' || JSON.isRawJSON(value), what);

const metricSchema = z.object(
  {
    value: number('`value` should be a number'),
    stderr: number('`stderr` should be a number').optional(),
    n: z.int('`n` should be a whole number from 0').min(0, '`n` should be a whole number from 0').nullish(),
    higher_is_better: z.boolean('`higher_is_better` should be true or false').nullish(),
  },
  'it should be an object, as {"value": 0.5, "n": 200}',
);

const resultsSchema = z.record(
  z.string(),
  z.record(z.string(), metricSchema, 'it should be an object of metrics, as {"acc": {"value": 0.5}}'),
  'it should be an object of tasks, as {"mmlu": {"acc": {"value": 0.5}}}',
);

type Metrics = z.infer<typeof resultsSchema>[string];

/** Names that the parts of evald which read metrics take for something else. */
const faultOfName = (name: string, metrics: Metrics): string | null => {
  if (name === '' || name.includes(',')) return 'its name is empty, or has a comma';
  if (name === 'bypass') return 'this name is of runs without scores';
  const of = /^(.+)_stderr(?:_clt|_clustered)?$/.exec(name)?.[1];
  if (of === undefined || !Object.hasOwn(metrics, of)) return null;
  return `it has the name of the standard error of ${of}, which belongs into its \`stderr\``;
};

/**
 * Reads the results of a command, `{task: {metric: {value, stderr?, n?, higher_is_better?}}}`, in the shape that all results have. A task
 * without a metric is as if it were not there.
 * @throws when it is not that, with the first task and metric that are not.
 */
export function parseCommandResults(text: string): ResultsFile {
  const parsed = resultsSchema.safeParse(parseExactly(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Error(`${placeOf(issue?.path ?? [])}${issue?.message}`);
  }
  const tasks = Object.entries(parsed.data).filter(([, metrics]) => Object.keys(metrics).length > 0);
  for (const [task, metrics] of tasks) {
    for (const name of Object.keys(metrics)) {
      const fault = faultOfName(name, metrics);
      if (fault !== null) throw new Error(`${placeOf([task, name])}${fault}`);
    }
  }
  const of = <T>(make: (metrics: Metrics) => T) => Object.fromEntries(tasks.map(([task, all]) => [task, make(all)]));
  const file: ResultsFile = {
    ...resultsFileSchema.parse({ results: {} }),
    results: of(scoresOf),
    higher_is_better: of((all) => each(all, ({ higher_is_better }) => higher_is_better)),
    'n-samples': Object.fromEntries(
      tasks.flatMap(([task, all]) => {
        const counts = Object.values(countsOf(all));
        return counts.length === 0 ? [] : [[task, { effective: Math.max(...counts) }]];
      }),
    ),
    counts: of(countsOf),
    samplesAreOptional: true,
  };
  checkSize(file);
  return file;
}

function scoresOf(metrics: Metrics): Record<string, unknown> {
  const scores = Object.entries(metrics).flatMap(([name, { value, stderr }]) => [
    [`${name},none`, value] as const,
    ...(stderr === undefined || stderr === null ? [] : [[`${name}_stderr,none`, stderr] as const]),
  ]);
  return Object.fromEntries(scores);
}

const countsOf = (metrics: Metrics): Record<string, number> => each(metrics, ({ n }) => n);

function each<T>(metrics: Metrics, of: (metric: Metrics[string]) => T | null | undefined): Record<string, T> {
  const known = Object.entries(metrics).flatMap(([name, metric]) => {
    const value = of(metric) ?? null;
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

const LONGEST_NAMED = 100;

function placeOf([task, metric]: readonly PropertyKey[]): string {
  const named = (name: PropertyKey) => JSON.stringify(String(name).slice(0, LONGEST_NAMED));
  if (task === undefined) return '';
  return metric === undefined ? `task ${named(task)}: ` : `task ${named(task)}, metric ${named(metric)}: `;
}
