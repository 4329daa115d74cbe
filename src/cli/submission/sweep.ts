import { globSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { JsonValue } from '../../schemas/values/json.ts';
import { readValue, splitList } from '../../text/values.ts';
import { UsageError } from '../frame/exitCodes.ts';

/** What may be submitted, as JSON; its fields are the API's. */
export type Body = { [field: string]: JsonValue };

type Labels = { [name: string]: JsonValue };

/** A value of a sweep, and the labels that tell its job from the others. */
type Variant = { value: JsonValue; labels: Labels };

const byNumber = new Intl.Collator('en', { numeric: true });

/**
 * Makes of one submission one for each value of each sweep: `model_args.pretrained=ckpt/step-*` for the paths of this
 * machine that fit, `num_fewshot=0,5` for the values of a list. Labels of the submission go before those of the sweep.
 * @throws UsageError
 */
export function sweep(body: Body, sweeps: readonly string[]): Body[] {
  return sweeps.reduce<Body[]>(
    (bodies, text) => {
      const { path, variants } = readSweep(text);
      return bodies.flatMap((each) => variants.map((variant) => withVariant(each, path, variant)));
    },
    [body],
  );
}

function readSweep(text: string): { path: string[]; variants: Variant[] } {
  const [, field, pattern] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
  if (field === undefined || pattern === undefined) {
    throw new UsageError(
      `--sweep should be FIELD=VALUES, not ${JSON.stringify(text)}`,
      "evald submit MODEL TASK --sweep 'model_args.pretrained=ckpt/step-*'",
    );
  }
  const path = field.split('.');
  const variants = splitList(pattern).flatMap((part) =>
    /[*?[]/.test(part) && !/^[[{"]/.test(part) ? matches(part, path) : [listed(part, path)],
  );
  return { path, variants };
}

/** A value of a list; its label is the last name of the field. */
function listed(part: string, path: readonly string[]): Variant {
  const value = readValue(part);
  const label = typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value);
  const shown = typeof label === 'string' && label.includes('/') ? basename(label) : label;
  return {
    value: path.at(-1) === 'tasks' && typeof value === 'string' ? [value] : value,
    labels: { [nameOf(path)]: shown },
  };
}

/** The paths that fit a pattern, by the numbers in them. The server may stand in another folder: they are absolute. */
function matches(pattern: string, path: readonly string[]): Variant[] {
  const found = globSync(pattern).sort(byNumber.compare);
  if (found.length === 0) {
    throw new UsageError(
      `--sweep ${path.join('.')}: nothing on this machine fits ${JSON.stringify(pattern)}`,
      `ls -d ${pattern}, or a list: --sweep ${path.join('.')}=a,b`,
    );
  }
  return found.map((each) => ({ value: resolve(each), labels: labelsOf(pattern, each, path) }));
}

/**
 * The label of a match: what stands for the wildcards, named by what stands before them: `ckpt/step-*` makes of
 * `ckpt/step-12000` `step=12000`.
 */
function labelsOf(pattern: string, match: string, path: readonly string[]): Labels {
  const segments = pattern.split('/').filter((part) => part !== '');
  const index = segments.findLastIndex((segment) => /[*?[]/.test(segment));
  const segment = segments[index] ?? '';
  const fromEnd = segments.length - 1 - index;
  const matched =
    match
      .split('/')
      .filter((part) => part !== '')
      .at(-1 - fromEnd) ?? '';
  const before = segment.slice(0, segment.search(/[*?[]/));
  const after = segment.slice(
    Math.max(segment.lastIndexOf('*'), segment.lastIndexOf('?'), segment.lastIndexOf(']')) + 1,
  );
  const text = matched.slice(before.length, matched.length - after.length);
  // `checkpoint-` names it checkpoint, `run1.step_` step.
  const name = before.split(/[-_.=]/).findLast((part) => part !== '') ?? nameOf(path);
  return { [name]: /^\d{1,15}$/.test(text) ? Number(text) : text };
}

const nameOf = (path: readonly string[]): string => path.at(-1) ?? '';

function withVariant(body: Body, path: readonly string[], { value, labels }: Variant): Body {
  const own = typeof body['labels'] === 'object' ? (body['labels'] as Labels) : {};
  return { ...replaced(body, path, value), labels: { ...labels, ...own } };
}

function replaced(body: Body, [name = '', ...rest]: readonly string[], value: JsonValue): Body {
  if (rest.length === 0) return { ...body, [name]: value };
  const inner = body[name];
  const isObject = typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return { ...body, [name]: replaced(isObject ? (inner as Body) : {}, rest, value) };
}
