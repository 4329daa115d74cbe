import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lmmsEvalOutput } from '../../../src/runner/harnesses/lmmsEval/output.ts';
import { type AnswerLimits, defaultLimits } from '../../../src/runner/results/files/answers.ts';
import { judgeOutput } from '../../../src/runner/results/judging/judge.ts';
import type { CompletedOutcome, FailedOutcome } from '../../../src/schemas/job/outcome.ts';
import type { EvaluateRequest } from '../../../src/schemas/submission/evaluateRequest.ts';
import { request } from '../requests/request.ts';
import { temporaryFolder } from './localRun.ts';

/** What lmms-eval left of a task. */
export type WrittenTask = {
  /** Its row of the results; without it `acc`, 0.5, for the filter `none`. */
  row?: Record<string, unknown>;
  original?: number;
  effective?: number;
  /** Its samples, or the whole of its file; null: no file. */
  samples: readonly object[] | string | null;
};

export type WrittenRun = {
  tasks: Record<string, WrittenTask>;
  /** Parts of the results file beside those of the tasks. */
  more?: object;
  /** Lines of the log: level, logger and words of each, or a line as it is. */
  log?: readonly (string | [level: string, logger: string, words: string])[];
  asked?: Partial<EvaluateRequest>;
  limits?: AnswerLimits;
};

/** A sample as lmms-eval 0.7.3 writes it. */
export const sample = (doc_id: number, answer: unknown, more: object = {}) => ({
  doc_id,
  target: 'A',
  filtered_resps: answer,
  token_counts: [{ input_tokens: 10, output_tokens: 1, reasoning_tokens: 0 }],
  acc: answer === 'A' ? 1 : 0,
  ...more,
});

/** Samples of 0 to `count` - 1. */
export const samples = (count: number, answer: (n: number) => unknown = () => 'A', more: object = {}) =>
  Array.from({ length: count }, (_, n) => sample(n, answer(n), more));

/** Writes what a run of lmms-eval leaves behind, and judges it. */
export async function judgeWritten(run: WrittenRun): Promise<CompletedOutcome | FailedOutcome> {
  const { tasks, more = {}, log = [], asked, limits } = run;
  const output = await temporaryFolder();
  const stamp = join(output, 'm', '20261124_112235');
  await mkdir(join(output, 'm'));
  const counts = Object.entries(tasks).map(([task, { original, effective, samples: written }]) => {
    const count = Array.isArray(written) ? written.length : 0;
    return [task, { original: original ?? effective ?? count, effective: effective ?? count }];
  });
  const results = {
    results: Object.fromEntries(Object.entries(tasks).map(([task, { row }]) => [task, row ?? { 'acc,none': 0.5 }])),
    'n-samples': Object.fromEntries(counts),
    ...more,
  };
  await writeFile(`${stamp}_results.json`, JSON.stringify(results));
  for (const [task, { samples: written }] of Object.entries(tasks)) {
    if (written === null) continue;
    const text = typeof written === 'string' ? written : written.map((one) => `${JSON.stringify(one)}\n`).join('');
    await writeFile(`${stamp}_samples_${task}.jsonl`, text);
  }
  const lines = log.map((line) => (typeof line === 'string' ? line : record(...line)));
  await writeFile(join(output, 'eval.log'), `${lines.join('\n')}\n`);
  const prepared = { output, ownOutput: true, log: join(output, 'eval.log'), before: [], operatorOptions: [] };
  return judgeOutput(lmmsEvalOutput, prepared, request({ tasks: Object.keys(tasks), ...asked }), {
    operatorOptions: [],
    limits: limits ?? defaultLimits,
    hung: null,
  });
}

/** A line of loguru, with its colours. */
function record(level: string, logger: string, words: string): string {
  const name = `\u001b[36m${logger}\u001b[0m:\u001b[36mf\u001b[0m:\u001b[36m140\u001b[0m`;
  return `\u001b[32m2026-11-24 01:02:57\u001b[0m | \u001b[31m\u001b[1m${level.padEnd(8)}\u001b[0m | ${name} - \u001b[1m${words}\u001b[0m`;
}
