import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { errorMessage } from '../../errors.ts';
import { openRunFile, RefusedFile, type RunFolder, readRunFile } from '../../files/openRunFile.ts';
import type { FoundResults, ImportedRun, ImportReader } from '../../machines/ports/imports.ts';
import type { CompletedOutcome } from '../../schemas/job/outcome.ts';
import { readLmEvalName } from '../../schemas/results/samplesName.ts';
import { maskedNames, splitSecrets } from '../../schemas/secrets/secretRequest.ts';
import { Redactor } from '../../security/redaction/redactor.ts';
import { countAnswers, defaultLimits } from '../results/files/answers.ts';
import { provenanceOf } from '../results/files/madeOf.ts';
import { metricsOf } from '../results/files/metrics.ts';
import { MOST_RESULTS_BYTES, parseResults, type ResultsFile } from '../results/files/resultsFile.ts';
import { readTaskSamples } from '../results/files/taskSamples.ts';
import { noLogErrors } from '../results/judging/outputFormat.ts';
import { redactOutcome } from '../secrets.ts';
import { importedRequest } from './importedRequest.ts';

const MOST_WARNINGS = 200;
/** Files whose faults are put into one text. */
const MOST_NAMED = 5;
/** lmms-eval's stamp is the start of the run in UTC+8, whatever the machine's zone. */
const STAMP = /^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)_/;
const STAMP_ZONE = 8 * 60 * 60 * 1_000;

/** As `ImportReader.readImport`, in this thread. */
export async function readImport(
  dir: string,
  found: FoundResults,
  forms: readonly string[] | null,
  known: readonly string[],
): ReturnType<ImportReader['readImport']> {
  const folder: RunFolder = { path: dir, isOwn: false };
  let text: string | null;
  let hash: string;
  let file: ResultsFile;
  try {
    text = await readRunFile(folder, found.path, MOST_RESULTS_BYTES);
    if (text === null) return { skipped: 'it is gone' };
    hash = createHash('sha256').update(text).digest('hex');
    if (known.includes(hash)) return { known: hash };
    file = parseResults(text);
  } catch (error) {
    if (error instanceof RefusedFile) return { skipped: `it ${error.reason}` };
    if (error instanceof SyntaxError) return { skipped: `it is cut off, or still being written: ${error.message}` };
    return { skipped: errorMessage(error) };
  }
  const read = importedRequest(file, dirname(join(dir, found.path)), found.samples.length > 0);
  if (read === null) return { skipped: 'it does not name the model' };
  if (read.request.tasks.length === 0) return { skipped: 'it has no results' };

  const contents = await readTaskSamples({ file, samples: [...found.samples] }, folder, false);
  const faulty = contents.filter(({ fault }) => fault !== null);
  if (faulty.length > 0) {
    const faults = faulty.slice(0, MOST_NAMED).map(({ task, fault }) => `the samples file of ${task}: ${fault}`);
    return { skipped: faults.join('; ') };
  }
  const counted = countAnswers(file, contents, noLogErrors(), defaultLimits);
  const numbers = metricsOf(file, new Map(contents.map((content) => [content.task, content])));
  const values = Object.values(numbers.metrics).flatMap((row) => Object.values(row).map(({ value }) => value));
  if (values.every((value) => value === null)) {
    return { skipped: values.length === 0 ? 'it has no score' : 'none of its scores is a finite number' };
  }

  const { request, secrets } = splitSecrets(read.request);
  const outcome: CompletedOutcome = {
    status: 'completed',
    result: {
      [basename(request.output_dir ?? dir)]: {
        results: join(dir, found.path),
        samples: found.samples.map((path) => join(dir, path)),
      },
    },
    metrics: numbers.metrics,
    answers: counted.answers,
    provenance: { ...provenanceOf(file, numbers.metrics), harness: found.harness },
    warnings: [...counted.warnings, ...numbers.warnings].slice(0, MOST_WARNINGS),
  };
  const always = forms === null ? null : Redactor.ofForms(forms);
  const redactor = secrets === null ? always : (Redactor.of(secrets.texts())?.and(always) ?? always);
  const masked = maskedNames(request);
  const kept =
    masked === null ? [] : [`its results file has credentials in ${masked}: it is not among the files that are shown`];
  const run: ImportedRun = {
    harness: found.harness,
    file: join(dir, found.path),
    hash,
    request,
    ...(await timesOf(file, folder, found.path)),
    outcome: redactor === null ? outcome : (redactOutcome(outcome, redactor) as CompletedOutcome),
    warnings: [...read.warnings, ...kept],
  };
  return { run };
}

/**
 * When it ran. lm-eval notes when it began, lmms-eval has it in the name of the file; without either it ended when the file was written.
 * What it took is noted by both.
 */
async function timesOf(file: ResultsFile, folder: RunFolder, path: string) {
  const took = Math.max(0, Number(file.total_evaluation_time_seconds ?? 0) * 1_000) || 0;
  const startedAt = readLmEvalName(basename(path)) === null ? stampOf(basename(path)) : noted(file.date);
  if (startedAt !== null) return { startedAt, endedAt: Math.round(startedAt + took) };
  const opened = await openRunFile(folder, path);
  await opened?.handle.close();
  const endedAt = Math.round(opened?.modified ?? 0);
  return { startedAt: Math.max(0, Math.round(endedAt - took)), endedAt };
}

/** Seconds since 1970. A clock that is off by centuries is none. */
function noted(date: unknown): number | null {
  return typeof date === 'number' && date > 0 && date < 1e11 ? Math.round(date * 1_000) : null;
}

function stampOf(name: string): number | null {
  const parts = STAMP.exec(name)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - STAMP_ZONE;
}
