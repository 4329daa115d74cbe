import type { JsonValue } from '../../../schemas/values/json.ts';
import type { ProgramArguments } from './arguments.ts';
import { type DemoTask, SPLIT_SIZE } from './tasks/task.ts';

/** Said in the log and in every results file. */
export const NOTICE =
  'evald demo: generated pictures and toy models. The scores are computed, but they test the plumbing and measure nothing else.';

/** What a task is, as `configs` of the results has it. */
export function taskConfig(task: DemoTask, seed: number, args: ProgramArguments): Record<string, JsonValue> {
  return {
    task: task.name,
    dataset_path: 'generated',
    dataset_kwargs: { seed, samples: SPLIT_SIZE },
    test_split: 'test',
    description: `${task.description} ${NOTICE}`,
    doc_to_text: task.question,
    num_fewshot: 0,
    metric_list: args.predictOnly ? [] : [{ metric: 'acc', aggregation: 'mean', higher_is_better: true }],
    output_type: 'generate_until',
  };
}

/** How a run was asked for, as `config` of the results has it. */
export function runConfig(args: ProgramArguments, seed: number): Record<string, JsonValue> {
  return {
    model: args.model,
    model_args: args.modelArgs,
    model_backend: 'evald demo',
    batch_size: args.batchSize,
    batch_sizes: [],
    device: args.device,
    use_cache: null,
    limit: args.limit,
    offset: 0,
    gen_kwargs: args.genKwargs,
    random_seed: seed,
    resolved_cli_args: {
      model: args.model,
      tasks: args.tasks?.join(',') ?? null,
      model_args: args.modelArgs,
      num_fewshot: args.numFewshot,
      batch_size: args.batchSize,
      device: args.device,
      output_path: args.outputPath,
      limit: args.limit,
      log_samples: args.logSamples || args.predictOnly,
      gen_kwargs: args.genKwargs,
      predict_only: args.predictOnly,
    },
  };
}
