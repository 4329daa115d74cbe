import { splitSecrets } from '../../../schemas/secrets/secretRequest.ts';
import type { EvaluateRequest } from '../../../schemas/submission/evaluateRequest.ts';
import { renderModelArg } from '../../../schemas/submission/modelArgs.ts';
import type { JsonValue } from '../../../schemas/values/json.ts';
import type { HarnessCheck } from '../contract.ts';
import { type ReadBackSettings, redactCheck, unreadReason } from '../readBackCheck.ts';
import { lmmsEvalArguments } from './command.ts';
import { compareReading } from './compareRun.ts';
import { withoutArguments } from './configText.ts';
import { readBack } from './reading.ts';

/** What no reader of `name=value,name=value` takes for anything else. */
const PLAIN_NAME = /^[A-Za-z_]\w*$/;
const PLAIN_VALUE = /^([\w./:@+-]+( +[\w./:@+-]+)*)?$/;
/** Its quotes, brackets and braces are closed, and there is nothing between them that could be taken for more. */
const PLAIN_JSON = /^[\w./:@+"{}[\]-]*$/;
const PLAIN_LIST = /^([A-Za-z_]\w*=[\w.+-]+(,(?!$)|$))*$/;
const PLAIN_PATH = /^[\w./:@+-]([\w./:@+ -]*[\w./:@+-])?$/;

/**
 * Has the installed lmms-eval read the command of a request back, as it would be run, and compares.
 *
 * Where lmms-eval cannot be asked, a request of which nothing can be misread by any version is let pass; of another one it
 * is not known what would run, and it is said why. @throws UnavailableError when nothing at all could run.
 */
export async function checkRequest(
  request: EvaluateRequest,
  output: string,
  settings: ReadBackSettings,
): Promise<HarnessCheck> {
  const { child, extraArgs, operatorOptions } = settings;
  const hidden = splitSecrets(request).secrets;
  let isAsked = false;
  try {
    const config = hidden === null ? null : await settings.configText(request);
    const words = lmmsEvalArguments(config === null ? request : withoutArguments(request), output, extraArgs);
    const args = Object.entries(request.model_args ?? {}).filter(([, value]) => value !== null);
    const parts = args.map(([name, value]) => [name, `${name}=${renderModelArg(value)}`] as const);
    isAsked = true;
    const reading = await readBack(child, { words: words.map(arriving), config, parts });
    return redactCheck(compareReading({ request, output, operatorOptions }, reading), hidden, settings.env);
  } catch (error) {
    if (isPlain(request, output)) return { faults: [], warnings: [], unread: null };
    const canRun = async () => isAsked && (await settings.whyNot()) === null;
    return { faults: [], warnings: [], unread: await unreadReason('lmms-eval', error, canRun) };
  }
}

/** A word as a program gets it: UTF-8, in which half of a character is none. */
const arriving = (word: string): string => word.toWellFormed();

function isPlain({ model_args, gen_kwargs }: EvaluateRequest, output: string): boolean {
  const args = Object.entries(model_args ?? {});
  const arePlain = args.every(([name, value]) => PLAIN_NAME.test(name) && isPlainValue(value));
  return arePlain && PLAIN_PATH.test(output) && PLAIN_LIST.test(gen_kwargs ?? '');
}

function isPlainValue(value: JsonValue): boolean {
  if (typeof value === 'string') return PLAIN_VALUE.test(value) && value !== '..';
  return typeof value !== 'object' || PLAIN_JSON.test(JSON.stringify(value));
}
