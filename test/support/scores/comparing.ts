import { expect } from 'vitest';
import type { JobInfo } from '../../../src/schemas/job/job.ts';
import { type Comparison, comparisonSchema, type TaskComparison } from '../../../src/schemas/scores/comparison.ts';
import { startWrittenServer, type Written } from '../harnesses/writtenLmmsEval.ts';
import { send } from '../requests/send.ts';
import { runThat } from './writtenScores.ts';

// Of ten documents the candidate gets four right that the baseline had wrong, and loses one.
export const before = [1, 1, 1, 1, 1, 0, 0, 0, 0, 0];
export const after = [0, 1, 1, 1, 1, 1, 1, 1, 1, 0];

export const near = (number: number) => expect.closeTo(number, 12);

/** The samples file of a job with one task. */
export const samplesOf = ({ result }: JobInfo): string => Object.values(result ?? {})[0]?.samples[0] ?? '';

/** A server whose runs write what a test says, and what a test of comparisons asks it. */
export async function startComparing() {
  const server = await startWrittenServer(['--slots', '1']);
  const run = (written: Written, request: object = {}) => runThat(server, written, request);
  const ask = (query: Record<string, string>) =>
    send(`${server.url}/compare?${new URLSearchParams(query)}`, { method: 'GET' });

  const compare = async (a: JobInfo, b: JobInfo, more: Record<string, string> = {}): Promise<Comparison> => {
    const { status, json } = await ask({ a: a.job_id, b: b.job_id, ...more });
    expect(status, JSON.stringify(json)).toBe(200);
    return comparisonSchema.parse(json);
  };

  /** The comparison of the only score that two runs have. */
  const only = async (a: Written, b: Written): Promise<TaskComparison> => {
    const { comparisons } = await compare(await run(a), await run(b));
    expect(comparisons).toHaveLength(1);
    return comparisons[0] as TaskComparison;
  };
  return { server, run, ask, compare, only };
}
