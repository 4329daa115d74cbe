import type { RE2JS } from 're2js';
import type { Progress } from '../../../schemas/job/run.ts';
import type { Meter } from '../../progress/meter.ts';

/** Instructions of a compiled expression: a character of output costs at most one step for each. */
const MOST_INSTRUCTIONS = 500;
/** Characters looked through at a time, and of one line: what is beyond them shows no progress. */
const MOST_TEXT = 16 * 1_024;
const LONGEST_LINE = 1_024;
const LONGEST_PHASE = 80;
/** What a run does, where its output has no name of it. */
const PHASE = 'running';

/**
 * Compiles an operator's expression with an engine whose time grows linearly with the text, whatever the expression: the text is
 * what a run writes. @throws Error that says what is wrong, to go on after the name of the field.
 */
export async function compileProgress(source: string): Promise<RE2JS> {
  // Loaded when there is one.
  const { RE2JS } = await import('re2js');
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(source);
  } catch (error) {
    throw new Error(
      `should be a regular expression as RE2 takes it, without looking around or back: ${wordsOf(error)}`,
    );
  }
  const names = Object.keys(expression.namedGroups());
  const missing = ['done', 'total'].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    throw new Error(`should have the groups done and total, as in (?<done>\\d+)/(?<total>\\d+); it lacks ${missing}`);
  }
  if (expression.programSize() > MOST_INSTRUCTIONS) throw new Error('should have fewer or shorter repetitions');
  return expression;
}

/** Reads progress off the last line of a log that has it. @param expression as `compileProgress` makes it. */
export function createCommandMeter(expression: RE2JS): Meter {
  let reported = '';
  return (lines) => {
    const progress = lastProgress(expression, lines);
    const text = JSON.stringify(progress);
    if (progress === null || text === reported) return null;
    reported = text;
    return progress;
  };
}

function lastProgress(expression: RE2JS, lines: readonly string[]): Progress | null {
  const hasPhase = Object.hasOwn(expression.namedGroups(), 'phase');
  let left = MOST_TEXT;
  for (const line of lines.toReversed()) {
    if (line === '' || line.length > LONGEST_LINE) continue;
    left -= line.length;
    if (left < 0) return null;
    const match = expression.matcher(line);
    if (!match.find()) continue;
    const [done, total] = [countOf(match.group('done')), countOf(match.group('total'))];
    if (done === null || total === null) continue;
    const phase = (hasPhase && match.group('phase')?.slice(0, LONGEST_PHASE)) || PHASE;
    const percent = total === 0 ? 100 : Math.min(100, Math.round((1_000 * done) / total) / 10);
    return { phase, done, total, percent, rate: null, eta_seconds: null };
  }
  return null;
}

function countOf(text: string | null): number | null {
  const count = text === null || text === '' ? Number.NaN : Math.round(Number(text));
  return Number.isSafeInteger(count) && count >= 0 ? count : null;
}

const wordsOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^error parsing regexp: /, '');
