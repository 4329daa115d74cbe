import type { Fault } from '../../../schemas/errors/errors.ts';
import { isKeptBack, MASK, maskValue } from '../../../schemas/secrets/secrets.ts';
import { type ModelArgs, renderModelArg } from '../../../schemas/submission/modelArgs.ts';
import type { JsonValue } from '../../../schemas/values/json.ts';
import type { ReadArguments, ReadValue } from './reading.ts';

/** What is wrong with what was asked, and what its client should know of it. */
export type Checked = { faults: Fault[]; warnings: string[] };

const MOST_SHOWN = 100;
const WAY_OUT =
  'write it without commas, and without quotes, brackets and braces that are not closed, or as JSON, whose commas are kept';
/** lmms-eval passes some fields of the request to the model by name, beside its arguments. */
const TWICE = /got multiple values for keyword argument '(\w+)'/;

/**
 * Compares the arguments of a model as they were asked with what lmms-eval makes of their text, value by value. Where one
 * does not come back as it was asked it is a fault; where only its type is another one there is a warning.
 *
 * @param alone names of those that cannot be read even alone. @param harness its name and version.
 */
export function compareModelArgs(
  asked: ModelArgs,
  read: ReadArguments,
  alone: readonly string[],
  harness: string,
): Checked {
  const args = Object.entries(asked).filter(([, value]) => value !== null);
  if ('error' in read) return { faults: faultsOfError(asked, read.error, alone, harness), warnings: [] };
  const values = new Map(read.values);
  const lost = args.map(([name]) => name).filter((name) => !values.has(name));
  const differences = args.map(([name, value]) => ({
    name,
    value,
    ...difference(name, value, values.get(name), lost),
  }));
  const faults = differences.flatMap(({ name, value, fault }) =>
    fault === undefined ? [] : [faultOf(name, value, `is not passed on as it was asked: ${harness} ${fault}`)],
  );
  const warnings = differences.flatMap(({ name, warning }) =>
    warning === undefined ? [] : [`model_args ${JSON.stringify(name)} ${warning}`],
  );
  const extra = [...values.keys()].filter((name) => !Object.hasOwn(asked, name));
  // They came from somewhere: a value that was cut has a fault already.
  if (faults.length === 0 && (extra.length > 0 || lost.length > 0)) {
    const message = `\`model_args\` are not passed on as they were asked: ${harness} reads other names; ${WAY_OUT}`;
    faults.push({ path: ['model_args'], input: asked, message });
  }
  return { faults, warnings };
}

type Difference = { fault?: string; warning?: string };

function difference(name: string, asked: JsonValue, read: ReadValue | undefined, lost: readonly string[]): Difference {
  // What has swallowed it is at fault.
  if (read === undefined) return {};
  const text = renderModelArg(asked);
  if (read[0] === 'json') return isSame(asked, read[1]) ? {} : { fault: `reads another structure; ${WAY_OUT}` };
  if (read[0] === 'str') return read[1] === text ? {} : { fault: differenceOfTexts(text, read[1], lost) };
  if (typeof asked === 'boolean' && read[0] === 'bool') return read[1] === asked ? {} : { fault: 'reads the opposite' };
  if (typeof asked === 'number' && (read[0] === 'int' || read[0] === 'float')) {
    if (numberOf(read[1]) !== asked) return { fault: `reads ${read[1]}` };
    return read[0] === 'float' && /^-?\d+$/.test(text) ? { warning: 'arrives as a float' } : {};
  }
  if (typeof asked !== 'string') return { fault: `reads it as ${read[0]}; ${WAY_OUT}` };
  const shown = isKeptBack(asked, ['model_args', name]) || read[1] === undefined ? '' : ` ${String(read[1])}`;
  const kind = { none: 'nothing', bool: 'a boolean', int: 'a number', float: 'a number' }[read[0]];
  return { warning: `is text and arrives as ${kind}${shown && `:${shown}`}` };
}

function differenceOfTexts(asked: string, read: string, lost: readonly string[]): string {
  if (read.startsWith(`${asked},`)) {
    const names = lost.map((name) => JSON.stringify(name)).join(', ');
    const swallowed = names === '' ? 'what follows' : `what follows, so that ${names} would never arrive`;
    return `reads it together with ${swallowed}; ${WAY_OUT}, or give it as the last argument`;
  }
  if (read.trim() === asked.trim()) return 'drops the blanks at its ends; write it without them';
  if (asked.startsWith(read)) return `cuts it at a comma; ${WAY_OUT}`;
  return `reads another text; ${WAY_OUT}`;
}

function faultsOfError(asked: ModelArgs, error: string, alone: readonly string[], harness: string): Fault[] {
  const twice = TWICE.exec(error)?.[1];
  if (twice !== undefined) {
    const message = `\`model_args\` should not have ${JSON.stringify(twice)}: ${harness} passes it to the model itself; use the field \`${twice}\` of the request`;
    return [{ path: ['model_args', twice], input: asked[twice], message }];
  }
  const what = `cannot be read by ${harness}; ${WAY_OUT}`;
  if (alone.length > 0) return alone.map((name) => faultOf(name, asked[name] ?? null, what));
  return [{ path: ['model_args'], input: asked, message: `\`model_args\` ${what}` }];
}

function faultOf(name: string, value: JsonValue, what: string): Fault {
  const shown = renderModelArg(maskValue(value, [name]));
  const got = shown === MASK ? '' : `; got ${shown.length > MOST_SHOWN ? `${shown.slice(0, MOST_SHOWN)}…` : shown}`;
  const message = `\`model_args\` value of ${JSON.stringify(name)} ${what}${got}`;
  return { path: ['model_args', name], input: value, message };
}

/** Python's words for numbers that JSON does not have are none that could be asked. */
const numberOf = (text: string): number => Number(text.replaceAll('_', ''));

function isSame(a: JsonValue, b: unknown): boolean {
  if (typeof a !== 'object' || a === null) return Object.is(a, b) || a === b;
  if (typeof b !== 'object' || b === null || Array.isArray(a) !== Array.isArray(b)) return false;
  const entries = Object.entries(a);
  const others = new Map<string, unknown>(Object.entries(b));
  return entries.length === others.size && entries.every(([name, value]) => isSame(value, others.get(name)));
}
