import type { EvaluateRequest } from '../../schemas/evaluateRequest.ts';
import { renderModelArg, renderModelArgs } from '../../schemas/modelArgs.ts';
import { reasonOf } from '../../thrown.ts';
import type { HarnessCheck } from '../contract.ts';
import { compareModelArgs } from '../lmmsEval/compareArgs.ts';
import { faultOfPlace } from '../lmmsEval/compareRun.ts';
import type { ReadArguments } from '../lmmsEval/reading.ts';
import { modelNameIn, splitModelArgs } from './modelArgs.ts';
import { modelFolder } from './output.ts';

const DEMO = 'the demo';

/** Has the demo's own reader take the arguments apart, and compares. It splits at every comma. */
export function checkDemoRequest(request: EvaluateRequest, output: string): HarnessCheck {
  const args = request.model_args ?? {};
  const text = renderModelArgs(args);
  const alone = Object.entries(args).flatMap(([name, value]) =>
    value !== null && 'error' in taken(`${name}=${renderModelArg(value)}`) ? [name] : [],
  );
  const { faults, warnings } = compareModelArgs(args, taken(text), alone, DEMO);
  const place = faultOfPlace(
    { request, output },
    { output, place: `${output}/${modelFolder(modelNameIn(text))}` },
    DEMO,
  );
  return { faults: place === null ? faults : [...faults, place], warnings, unread: null };
}

function taken(text: string): ReadArguments {
  try {
    return { values: splitModelArgs(text).map(([name, value]) => [name, ['str', value, false]]) };
  } catch (error) {
    return { error: reasonOf(error) };
  }
}
