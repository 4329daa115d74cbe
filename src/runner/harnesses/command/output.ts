import { readLmEvalName } from '../../../schemas/results/samplesName.ts';
import { noLogErrors, type OutputFile, type OutputFormat } from '../../results/judging/outputFormat.ts';
import { parseCommandResults } from './results.ts';

/** What a command leaves: `results.json` and `samples_<task>.jsonl`, directly in the folder of its run. */
export const commandOutput: OutputFormat = {
  readPath,
  parseResults: parseCommandResults,
  // A program that fails has an exit code for it.
  readFailure: async () => null,
  readLogErrors: async () => noLogErrors(),
  savedSamples: null,
  // Its results do not say what was asked: that they are of this run alone is seen by what was there before.
  differenceOf: () => null,
};

const SAMPLES = /^samples_(.+)\.jsonl$/;

function readPath(path: string): OutputFile | null {
  const file = { path, folder: '', stamp: '' };
  if (path === 'results.json') return { ...file, kind: 'results' };
  // One that lm-eval could have written is of a task with another name.
  return SAMPLES.test(path) && !path.includes('/') && readLmEvalName(path) === null
    ? { ...file, kind: 'samples' }
    : null;
}
