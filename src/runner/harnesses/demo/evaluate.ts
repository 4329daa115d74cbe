import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProgramLog } from './log.ts';
import type { DemoModel } from './models.ts';
import { openProgressBar, type ProgressOutput } from './progress.ts';
import { createRandom } from './random.ts';
import { withNoise } from './tasks/image.ts';
import { type DemoTask, generateSplit, type Sample, SPLIT_SIZE } from './tasks/task.ts';

/** A sample, what the model said, and whether that was right. */
export type ScoredSample = {
  readonly target: string;
  readonly response: string;
  /** Null when nothing was to be scored. */
  readonly hit: boolean | null;
  /** SHA-256 of the pixels and the answer. */
  readonly hash: string;
};

/** A task's samples, in order. */
export type TaskEvaluation = { readonly task: DemoTask; readonly samples: readonly ScoredSample[] };

export type EvaluationOptions = {
  readonly tasks: readonly DemoTask[];
  readonly model: DemoModel;
  readonly seed: number;
  /** Seconds to wait before each answer. */
  readonly delay: number;
  /** Standard deviation of noise under which the model gets each picture, in levels of grey. The samples stay what they are. */
  readonly noise: number;
  /** As lmms-eval reads it: a count, a share below 1, or -1 or null for all. */
  readonly limit: number | null;
  /** Answers only; they are not compared with the targets. */
  readonly predictOnly: boolean;
};

/** Where an evaluation tells how far it is. */
export type EvaluationReport = { readonly log: ProgramLog; readonly progress: ProgressOutput };

/**
 * Evaluates a model on tasks, in lmms-eval's three passes: build all samples, answer them, score them.
 *
 * @throws RangeError for a limit that is no limit.
 */
export async function evaluate(options: EvaluationOptions, report: EvaluationReport): Promise<TaskEvaluation[]> {
  const count = sampleCount(options.limit);
  const built = options.tasks.map((task) => ({ task, samples: build(task, options.seed, count, report) }));
  const answered = await answer(built, options, report);
  return answered.map(({ task, pairs }) => ({ task, samples: score(task, pairs, options.predictOnly, report) }));
}

/** How many samples of a split a limit leaves. @throws RangeError */
export function sampleCount(limit: number | null): number {
  if (limit === null || limit === -1) return SPLIT_SIZE;
  // Zero would evaluate nothing; lmms-eval takes it for no limit at all. Neither is worth an answer.
  if (!(limit > 0)) throw new RangeError(`--limit must be -1 or positive, got ${limit}`);
  return Math.min(SPLIT_SIZE, limit < 1 ? Math.ceil(SPLIT_SIZE * limit) : Math.floor(limit));
}

function build(task: DemoTask, seed: number, count: number, { log, progress }: EvaluationReport): Sample[] {
  log.info('demo.evaluate:build', `Building contexts for ${task.name} on rank 0...`);
  const bar = openProgressBar(count, '', progress);
  const samples: Sample[] = [];
  for (const sample of generateSplit(task, 'test', seed, count)) {
    samples.push(sample);
    bar.advance();
  }
  bar.close();
  return samples;
}

type Answered = { sample: Sample; response: string };

async function answer(
  built: readonly { task: DemoTask; samples: readonly Sample[] }[],
  { model, seed, delay, noise }: EvaluationOptions,
  { log, progress }: EvaluationReport,
): Promise<{ task: DemoTask; pairs: Answered[] }[]> {
  log.info('demo.evaluate:answer', 'Running generate_until requests');
  const total = built.reduce((sum, { samples }) => sum + samples.length, 0);
  const bar = openProgressBar(total, 'Model Responding', progress);
  const answered = [];
  for (const { task, samples } of built) {
    const say = model.prepare(task, seed);
    const random = createRandom(`noise/${task.name}/${seed}`);
    const pairs: Answered[] = [];
    for (const sample of samples) {
      if (delay > 0) await sleep(delay * 1000);
      const image = noise > 0 ? withNoise(sample.image, noise, random) : sample.image;
      pairs.push({ sample, response: say(image) });
      bar.advance();
    }
    answered.push({ task, pairs });
  }
  bar.close();
  return answered;
}

function score(
  task: DemoTask,
  pairs: readonly Answered[],
  predictOnly: boolean,
  { log, progress }: EvaluationReport,
): ScoredSample[] {
  const begin = progress.now();
  const bar = openProgressBar(pairs.length, 'Postprocessing', progress);
  const scored = pairs.map(({ sample, response }): ScoredSample => {
    bar.advance();
    const hash = createHash('sha256').update(sample.image.pixels).update(sample.answer).digest('hex');
    return { target: sample.answer, response, hit: predictOnly ? null : response === sample.answer, hash };
  });
  bar.close();
  const seconds = ((progress.now() - begin) / 1000).toFixed(2);
  log.info('demo.evaluate:score', `Postprocessed ${pairs.length} docs for ${task.name}/none in ${seconds}s`);
  return scored;
}
