/** lm-eval's local time, ISO with `-` for `:`. */
const LM_EVAL_STAMP = /^\d{4}-\d\d-\d\dT[\d.-]{1,30}$/;
const [RESULTS, SAMPLES, MARK] = ['results_', 'samples_', '_samples_'];

/** What the name of a file of lm-eval says; null when it is none. Results are of no task. */
export function readLmEvalName(name: string): { stamp: string; task: string | null } | null {
  const isResults = name.startsWith(RESULTS) && name.endsWith('.json');
  if (!isResults && !(name.startsWith(SAMPLES) && name.endsWith('.jsonl'))) return null;
  const body = name.slice((isResults ? RESULTS : SAMPLES).length, -(isResults ? '.json' : '.jsonl').length);
  const at = isResults ? -1 : body.lastIndexOf('_');
  const [task, stamp] = [body.slice(0, Math.max(0, at)), body.slice(at + 1)];
  if (!LM_EVAL_STAMP.test(stamp) || (!isResults && task === '')) return null;
  return { stamp, task: isResults ? null : task };
}

/** The last name of a path, where there is no module for paths. */
const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** What has written a results file, by its name. */
export const harnessOf = (path: string): 'lmms-eval' | 'lm-eval' =>
  readLmEvalName(nameOf(path)) === null ? 'lmms-eval' : 'lm-eval';

/** As evald's own program for inspect writes it: a task has `%2F` for `/`, and so on. */
const INSPECT_SAMPLES = /^inspect_\d{8}T\d{6}_[0-9a-f]{6}_(.+)\.jsonl$/;

/**
 * The task of a samples file: `20261124_112235_samples_mme.jsonl`, `samples_mme_2026-11-24T11-22-35.123456.jsonl`, of inspect
 * `inspect_20261124T112235_0a1b2c_mme.jsonl` and, of a command, `samples_mme.jsonl` are of `mme`.
 */
export function samplesTask(path: string): string {
  const name = nameOf(path);
  const ofLmEval = readLmEvalName(name)?.task;
  const at = name.startsWith(SAMPLES) ? SAMPLES.length : name.indexOf(MARK) + MARK.length;
  const ofInspect = INSPECT_SAMPLES.exec(name)?.[1];
  if (ofInspect !== undefined) return decoded(ofInspect);
  return ofLmEval ?? name.slice(at, -'.jsonl'.length);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // Not as that program writes it.
    return text;
  }
}
