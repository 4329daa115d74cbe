import type { z } from 'zod';
import { comparisonSchema } from '../schemas/scores/comparison.ts';
import { type GateRequest, gateAnswerSchema, type TaskPolicy } from '../schemas/scores/gate.ts';
import type { CallOptions, Requests } from './requests.ts';

/** Two jobs, and which of their scores are compared. */
export type ComparisonInput = {
  /** The baseline. */
  a: string;
  /** The candidate. */
  b: string;
  task?: string | undefined;
  metric?: string | undefined;
  filter?: string | undefined;
  /** Whether there may be a verdict though fewer than 95 % of the samples are paired. */
  allow_unpaired?: boolean | undefined;
};

/** What is judged, and by which policy. */
export type GateInput = Pick<GateRequest, 'baseline' | 'candidate'> & {
  policy: { tasks: { [task: string]: Pick<TaskPolicy, 'max_drop'> & Partial<Omit<TaskPolicy, 'max_drop'>> } };
  allow_unpaired?: boolean | undefined;
};

/** Milliseconds: samples by the million are read. Node's `fetch` gives up after 300 s. */
const PATIENCE = 280_000;

/** Comparisons of two jobs. Each takes longer than other calls: its `timeout` is 280,000 unless said. */
export function createComparisonCalls({ ask }: Requests) {
  return {
    /** Compares two completed jobs sample by sample. @throws ClientError */
    compare: (query: ComparisonInput, options: CallOptions = {}): Promise<z.output<typeof comparisonSchema>> =>
      ask(comparisonSchema, { timeout: PATIENCE, ...options, path: ['compare'], query }),

    /** Judges by a policy whether a candidate may take the place of a baseline. @throws ClientError */
    gate: (request: GateInput, options: CallOptions = {}): Promise<z.output<typeof gateAnswerSchema>> =>
      ask(gateAnswerSchema, { timeout: PATIENCE, ...options, method: 'POST', path: ['gate'], body: request }),
  };
}
