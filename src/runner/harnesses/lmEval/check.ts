import { splitSecrets } from '../../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import type { HarnessCheck } from '../contract.ts';
import { type ReadBackSettings, redactCheck, unreadReason } from '../readBackCheck.ts';
import { lmEvalArguments } from './command.ts';
import { compareReading } from './compare.ts';
import { readBack } from './reading.ts';

/**
 * Has the installed lm-eval read the command of a request back, as it would be run, and compares. What the names of its
 * tasks stand for is asked before the launch: that takes ten seconds at first. @throws UnavailableError when nothing at all
 * could run.
 */
export async function checkRequest(
  request: EvaluateRequest,
  output: string,
  settings: ReadBackSettings,
): Promise<HarnessCheck> {
  const { child, extraArgs, operatorOptions, env } = settings;
  const hidden = splitSecrets(request).secrets;
  try {
    const config = hidden === null ? null : await settings.configText(request);
    const words = lmEvalArguments({ request, output, extraArgs, isConfigured: config !== null });
    // As a program gets them: UTF-8, in which half of a character is none.
    const arriving = words.map((word) => word.toWellFormed());
    const reading = await readBack(child, arriving, config);
    return redactCheck(compareReading({ request, output, operatorOptions }, reading), hidden, env);
  } catch (error) {
    const unread = await unreadReason('lm-eval', error, async () => (await settings.whyNot()) === null);
    return { faults: [], warnings: [], unread };
  }
}
