import { findHarnessLines, type Wanted } from '../../log/failureLines.ts';
import type { ReportedFailure } from '../../results/judging/outputFormat.ts';

const RESULTS = 'Could not save results aggregated';
const SAMPLES = 'Could not save sample results';
const wanted: readonly Wanted[] = [RESULTS, SAMPLES].map((words) => ({
  sources: [['loggers.evaluation_tracker', '']],
  words,
}));
/** The beginning of the line after it, which has the exception. */
const NEXT = /^\S+ INFO {1,8}\[loggers\.evaluation_tracker:\d{1,7}\] /;

/**
 * What lm-eval itself reported as failed, although it exits 0: results or samples that it could not save. Only lines of its
 * own logger count. Null: it reported nothing. @throws when the log cannot be read.
 */
export async function readFailure(log: string): Promise<ReportedFailure | null> {
  const lines = await findHarnessLines(log, wanted);
  const line = lines.findLast(({ words }) => words === RESULTS) ?? lines.findLast(({ words }) => words === SAMPLES);
  if (line === undefined) return null;
  const [first, next = ''] = line.lines;
  const reason = NEXT.test(next) ? `${first}: ${next.replace(NEXT, '')}` : first;
  return { reason, isOfSamples: line.words === SAMPLES, hasException: false, offset: line.offset };
}
