import { basename, join, resolve } from 'node:path';
import { EvaldError } from '../schemas/errors.ts';
import type { JobInfo } from '../schemas/job.ts';
import type { JobResults } from '../schemas/jobResults.ts';
import { type Answers, shownMetrics, type TaskAnswers } from '../schemas/outcome.ts';
import type { SamplesPage, SamplesQuery } from '../schemas/samplesPage.ts';
import { codeOf, reasonOf } from '../thrown.ts';
import { readHarness } from './attempts.ts';
import { readJobResults } from './lmmsEval/jobResults.ts';
import { createSamplesReader } from './samples/readSamples.ts';

/** Reads what completed jobs have written. */
export type Output = {
  /** @throws EvaldError `outputMissing` when a file is gone, `outputUnreadable` when it is not what it was. */
  results(job: JobInfo): Promise<JobResults>;
  /** @throws EvaldError as `results`; `outputMissing` also when the job has no samples of the task. */
  samples(job: JobInfo, task: string, query: SamplesQuery): Promise<SamplesPage>;
};

/** @param dataDir folder of evald's own files. */
export function createOutput(dataDir: string): Output {
  const readSamples = createSamplesReader();
  return {
    async results(job) {
      const files = job.result ?? {};
      const { version, metrics, samples, ...read } = await readingOf(
        Object.values(files).map(({ results }) => results),
      );
      const noted = await readHarness(join(resolve(dataDir), 'runs', job.job_id));
      const name = noted?.name ?? (version === null ? null : 'lmms-eval');
      return {
        job_id: job.job_id,
        model: job.request.model,
        ...read,
        // As they were judged: with the samples that they are of.
        metrics: job.metrics ?? shownMetrics(metrics),
        samples: withAnswers(samples, job.answers),
        harness: { name, version: noted?.version ?? version },
        duration_seconds: secondsBetween(job.started_at, job.completed_at),
        files,
      };
    },

    async samples(job, task, query) {
      const path = Object.values(job.result ?? {})
        .flatMap(({ samples }) => samples)
        .find((file) => taskOf(file) === task);
      if (path !== undefined) return readSamples(path, task, query);
      throw new EvaldError('outputMissing', `Job ${job.job_id} has no samples of ${task}`);
    },
  };
}

async function readingOf(paths: string[]) {
  try {
    return await readJobResults(paths);
  } catch (error) {
    const reason = reasonOf(error);
    if (codeOf(error) === 'ENOENT') {
      throw new EvaldError('outputMissing', `The results are gone: ${reason}`);
    }
    throw new EvaldError('outputUnreadable', `The results cannot be read any more: ${reason}`);
  }
}

const unknownAnswers: Answers = { answered: null, empty: null, failed: null, cached: null };

function withAnswers(
  samples: Awaited<ReturnType<typeof readJobResults>>['samples'],
  answers: TaskAnswers | null,
): JobResults['samples'] {
  const tasks = new Set([samples, answers ?? {}].flatMap(Object.keys));
  return Object.fromEntries(
    [...tasks].map((task) => {
      const counts = samples[task] ?? { original: null, effective: null };
      return [task, { ...counts, ...(answers?.[task] ?? unknownAnswers) }];
    }),
  );
}

/** `20261124_112235_samples_mme.jsonl` is of the task `mme`. */
function taskOf(path: string): string {
  const name = basename(path, '.jsonl');
  const mark = '_samples_';
  return name.slice(name.indexOf(mark) + mark.length);
}

function secondsBetween(start: string | null, end: string | null): number | null {
  return start === null || end === null ? null : (Date.parse(end) - Date.parse(start)) / 1_000;
}
