import type { JobInfo } from '../../../src/schemas/job/job.ts';
import type { startWrittenServer, Written } from '../harnesses/writtenLmmsEval.ts';
import { submit } from '../jobs/client.ts';
import { endedJob } from '../jobs/jobs.ts';

type WrittenServer = Awaited<ReturnType<typeof startWrittenServer>>;

/** What a sample of a task scored, and what else its row has. */
export type Row = { acc: unknown; [name: string]: unknown };

/** Rows of samples by what they scored; the document of each is its number. */
export const rows = (values: readonly unknown[], more: (n: number) => object = () => ({})): Row[] =>
  values.map((acc, n) => ({
    ...{ doc_id: n, doc_hash: `doc ${n}`, target: 'A', input: `Question ${n}?`, filtered_resps: 'A', acc },
    ...more(n),
  }));

/** So many of a value, and so on: `[3, 1], [2, 0]` is three ones and two zeros. */
export const valuesOf = (...parts: readonly (readonly [count: number, value: number])[]): number[] =>
  parts.flatMap(([count, value]) => Array.from({ length: count }, () => value));

export const meanOf = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0) / values.length;

/** What a run writes that has one task `t` with the metric \`acc\` alone, its mean. */
export function accOf(values: readonly number[], samples: readonly (object | string)[] = rows(values)): Written {
  return {
    results: { t: { 'acc,none': meanOf(values), 'acc_stderr,none': 0.1 } },
    samples: { t: samples },
    more: { higher_is_better: { t: { acc: true } } },
  };
}

/** Has a job write something, and waits for its end. */
export async function runThat(server: WrittenServer, written: Written, request: object = {}): Promise<JobInfo> {
  await server.write(written);
  const tasks = Object.keys(written.results);
  return endedJob(server.url, await submit(server.url, { model: 'm', tasks, ...request }));
}
