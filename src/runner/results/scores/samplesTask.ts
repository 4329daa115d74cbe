import { basename } from 'node:path';

/** `samples_gsm8k_2026-11-30T03-37-56.025069.jsonl`: lm-eval's. The time is the last part. */
const LM_EVAL = /^samples_(.+)_\d{4}-\d\d-\d\dT[\d.-]+$/;
const MARK = '_samples_';

/** The task that a samples file is of, by its name: `20261124_112235_samples_mme.jsonl` of lmms-eval is of `mme`. */
export function samplesTask(path: string): string {
  const name = basename(path, '.jsonl');
  const ofLmEval = LM_EVAL.exec(name)?.[1];
  return ofLmEval ?? name.slice(name.indexOf(MARK) + MARK.length);
}
