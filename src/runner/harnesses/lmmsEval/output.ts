import type { OutputFile, OutputFormat } from '../../results/judging/outputFormat.ts';
import { readFailure, savedSamples } from './failures.ts';
import { readLogErrors } from './logErrors.ts';
import { optionsOf } from './options.ts';
import { firstDifference } from './provenance.ts';

/** How lmms-eval writes, and the demo, which takes its place. */
export const lmmsEvalOutput: OutputFormat = {
  readPath,
  readFailure,
  readLogErrors,
  savedSamples,
  differenceOf: (file, request, operatorOptions) => firstDifference(file, optionsOf(request), operatorOptions),
};

/** As `OutputFormat.readPath`: `<model>/<stamp>_results.json`, `<model>/<stamp>_samples_<task>.jsonl`. */
function readPath(path: string): OutputFile | null {
  const slash = path.indexOf('/');
  const folder = path.slice(0, Math.max(slash, 0));
  const name = path.slice(slash + 1);
  const results = /^(.+)_results\.json$/.exec(name)?.[1];
  if (results !== undefined) return { path, folder, stamp: results, kind: 'results' };
  const end = name.indexOf('_samples_');
  if (end < 1 || !name.endsWith('.jsonl')) return null;
  return { path, folder, stamp: name.slice(0, end), kind: 'samples' };
}
