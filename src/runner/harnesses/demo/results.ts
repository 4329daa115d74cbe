import { createHash } from 'node:crypto';
import type { JsonValue } from '../../../schemas/values/json.ts';
import type { ProgramArguments } from './arguments.ts';
import type { ScoredSample, TaskEvaluation } from './evaluate.ts';
import type { ModelArgs } from './modelArgs.ts';
import { modelFolder } from './output.ts';
import { NOTICE, runConfig, taskConfig } from './resultsConfig.ts';
import type { ScoreRow } from './scores.ts';
import type { DemoGroup } from './tasks/catalog.ts';
import { SPLIT_SIZE } from './tasks/task.ts';

/** What becomes a results file. */
export type ResultsInput = {
  readonly args: ProgramArguments;
  readonly modelArgs: ModelArgs;
  readonly evaluations: readonly TaskEvaluation[];
  /** Groups that were asked for. */
  readonly groups: readonly DemoGroup[];
  readonly rows: readonly ScoreRow[];
  /** Stamp of the run's start, as in its file names. */
  readonly date: string;
  /** Seconds on a clock that only goes forward. */
  readonly startTime: number;
  readonly endTime: number;
};

/**
 * The results as lmms-eval writes them, key by key. With `--predict_only` lmms-eval writes a metric `bypass` of
 * 999; here the rows then hold no metric, for nothing was measured.
 */
export function resultsDocument(input: ResultsInput): Record<string, JsonValue> {
  const { args, modelArgs, evaluations, groups, rows } = input;
  const table = (chosen: readonly ScoreRow[]) => Object.fromEntries(chosen.map((row) => [row.name, cells(row)]));
  const alone = rows.filter((row) => row.kind === 'task' && !row.grouped);
  return {
    results: table(rows),
    ...(groups.length > 0 ? { groups: table(rows.filter((row) => row.kind === 'group')) } : {}),
    group_subtasks: Object.fromEntries([
      ...groups.map((group) => [group.name, group.tasks.map((task) => task.name)]),
      ...alone.map((row) => [row.name, []]),
    ]),
    configs: byTask(evaluations, ({ task }) => taskConfig(task, modelArgs.seed, args)),
    versions: Object.fromEntries(rows.map((row) => [row.name, 1])),
    'n-shot': byTask(evaluations, () => 0),
    higher_is_better: Object.fromEntries(rows.map((row) => [row.name, row.score === null ? {} : { acc: true }])),
    'n-samples': byTask(evaluations, ({ samples }) => ({ original: SPLIT_SIZE, effective: samples.length })),
    config: runConfig(args, modelArgs.seed),
    git_hash: null,
    git_branch: null,
    notice: NOTICE,
    date: input.date,
    task_hashes: byTask(evaluations, ({ samples }) => hashOf(samples)),
    model_source: args.model,
    model_name: modelArgs.modelName,
    model_name_sanitized: modelFolder(modelArgs.modelName),
    system_instruction: null,
    chat_template: null,
    start_time: input.startTime,
    end_time: input.endTime,
    total_evaluation_time_seconds: String(input.endTime - input.startTime),
  };
}

/** One line of a samples file. */
export function sampleLine(sample: ScoredSample, index: number, question: string): string {
  return JSON.stringify({
    doc_id: index,
    target: sample.target,
    filtered_resps: sample.response,
    doc_hash: sample.hash,
    ...(sample.hit === null ? {} : { acc: sample.hit ? 1 : 0 }),
    input: question,
  });
}

function cells({ name, kind, grouped, score }: ScoreRow): Record<string, JsonValue> {
  const alias = grouped ? ` - ${name}` : name;
  if (score === null) return { alias };
  const stderr = score.stderr ?? 'N/A';
  const metric = { 'acc,none': score.mean, 'acc_stderr,none': stderr };
  if (kind === 'group') return { ...metric, alias };
  // Tasks have two cells more: the same error by another name, and one for samples that come in clusters.
  return { alias, ...metric, 'acc_stderr_clt,none': stderr, 'acc_stderr_clustered,none': 'N/A' };
}

function byTask(evaluations: readonly TaskEvaluation[], value: (evaluation: TaskEvaluation) => JsonValue): JsonValue {
  return Object.fromEntries(evaluations.map((evaluation) => [evaluation.task.name, value(evaluation)]));
}

function hashOf(samples: readonly ScoredSample[]): string {
  const hashes = samples.map((sample) => sample.hash);
  return createHash('sha256').update(hashes.join('')).digest('hex');
}
