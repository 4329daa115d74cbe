/**
 * The demo harness: a small program with lmms-eval's flags, files, log and way of failing, and nothing of its weight.
 * It evaluates three toy models on two tasks of generated pictures. Its scores are computed, and mean nothing beyond
 * that everything from the request to the numbers is connected.
 *
 * Run as `node program.ts --model nearest-template --tasks demo --output_path DIR`. Exit codes are lmms-eval's: 2 for
 * flags that cannot be read, else 0, also when the evaluation failed; the log then says `Error during evaluation:`.
 */
import { type ProgramArguments, parseArguments, USAGE, UsageError } from './arguments.ts';
import { type EvaluationReport, evaluate } from './evaluate.ts';
import { createProgramLog } from './log.ts';
import { parseModelArgs } from './modelArgs.ts';
import { findModel } from './models.ts';
import { saveResults, saveSamples, stampOf } from './output.ts';
import { resultsDocument, sampleLine } from './results.ts';
import { NOTICE } from './resultsConfig.ts';
import { scoreRows, scoreTable } from './scores.ts';
import { selectTasks, TASK_NAMES, UnknownTasksError } from './tasks/catalog.ts';

const print = (text: string) => process.stdout.write(text);
const seconds = () => performance.now() / 1000;

const report: EvaluationReport = {
  log: createProgramLog(print),
  progress: { write: (text) => process.stderr.write(text), now: () => performance.now() },
};

await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<void> {
  let args: ProgramArguments;
  try {
    args = parseArguments(argv);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${USAGE}\nprogram: error: ${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  try {
    await run(args);
  } catch (error) {
    const { stack, message } = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${stack}\n`);
    report.log.error('demo.program:main', `Error during evaluation: ${message}.`);
  }
}

async function run(args: ProgramArguments): Promise<void> {
  const { log } = report;
  const startTime = seconds();
  log.info('demo.program:run', NOTICE);
  const writesSamples = args.logSamples || args.predictOnly;
  if (writesSamples && args.outputPath === null) {
    throw new Error('Specify --output_path if providing --log_samples or --predict_only');
  }
  if (args.limit !== null && args.limit !== -1) {
    log.warning('demo.program:run', '--limit SHOULD ONLY BE USED FOR TESTING. THE SCORES COVER PART OF THE SAMPLES.');
  }
  if (args.tasks === null) {
    log.error('demo.program:run', 'Need to specify task to evaluate.');
    return;
  }
  const { tasks, groups } = select(args.tasks);
  const date = stampOf(new Date());
  const model = findModel(args.model);
  const modelArgs = parseModelArgs(args.modelArgs);
  log.info('demo.program:run', `Model ${model.name}: ${model.description}. Seed ${modelArgs.seed}.`);
  if (args.predictOnly) log.info('demo.program:run', 'Output-only mode. Metrics will not be calculated!');
  if (args.numFewshot !== null) {
    log.info('demo.program:run', `num_fewshot is 0 in the config of every demo task; ${args.numFewshot} is ignored.`);
  }

  const { limit, predictOnly } = args;
  const { seed, delay, noise, modelName } = modelArgs;
  const evaluations = await evaluate({ tasks, model, seed, delay, noise, limit, predictOnly }, report);

  const rows = scoreRows(evaluations, groups);
  if (args.outputPath === null) log.info('demo.program:run', 'Output path not provided, skipping saving results');
  else {
    const place = { outputPath: args.outputPath, modelName, stamp: date };
    const endTime = seconds();
    const document = resultsDocument({ args, modelArgs, evaluations, groups, rows, date, startTime, endTime });
    saveResults(place, document, log);
    for (const { task, samples } of writesSamples ? evaluations : []) {
      const lines = samples.map((sample, index) => sampleLine(sample, index, task.question));
      saveSamples(place, task.name, lines, log);
    }
  }
  print(`${args.model} (${args.modelArgs}), limit: ${limit}, batch_size: ${args.batchSize}\n\n${scoreTable(rows)}\n`);
}

function select(names: readonly string[]) {
  try {
    return selectTasks(names);
  } catch (error) {
    if (error instanceof UnknownTasksError) {
      const words = `Tasks were not found: ${error.missing.join(', ')}\n    The demo has: ${TASK_NAMES.join(', ')}`;
      report.log.error('demo.program:select', words);
    }
    throw error;
  }
}
