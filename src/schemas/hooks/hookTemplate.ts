import { splitSubmission, submissionSchema, submissionWarnings } from '../submission/submission.ts';
import type { JsonValue } from '../values/json.ts';
import type { CheckpointHook } from './checkpointHook.ts';

/** A submission whose texts may name parts of a hook in braces. */
export type HookTemplate = { readonly [field: string]: JsonValue };

/** What may stand in braces. */
export const placeholders = [
  'event',
  'step',
  'checkpoint_dir',
  'output_dir',
] as const satisfies (keyof CheckpointHook)[];

const PLACEHOLDER = /\{(event|step|checkpoint_dir|output_dir)\}/g;

/** The submission that a template makes of a hook. A text that is `{step}` alone becomes the number. */
export function fillTemplate(template: HookTemplate, hook: CheckpointHook): JsonValue {
  const filled = (value: JsonValue): JsonValue => {
    if (typeof value === 'string') {
      if (value === '{step}') return hook.step;
      return value.replaceAll(PLACEHOLDER, (_, name: keyof CheckpointHook) => String(hook[name]));
    }
    if (Array.isArray(value)) return value.map(filled);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, filled(inner)]));
  };
  return filled(template);
}

/** A hook to try a template by. */
const example: CheckpointHook = {
  event: 'save',
  step: 100,
  checkpoint_dir: '/runs/r7/checkpoint-100',
  output_dir: '/runs/r7',
};

/** What is wrong with a template, each with its field and what is allowed; empty: it makes submissions. */
export function templateFaults(value: JsonValue): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return ['it should be a submission, as {model: NAME, tasks: [NAME], model_args: {pretrained: "{checkpoint_dir}"}}'];
  }
  const strange = unknownPlaceholders(value);
  if (strange.length > 0) {
    const known = placeholders.map((name) => `{${name}}`).join(', ');
    return strange.map(({ field, name }) => `\`${field}\` has {${name}}; in braces may stand ${known}`);
  }
  const filled = fillTemplate(value, example);
  const read = submissionSchema.safeParse(filled);
  if (!read.success) {
    return read.error.issues.map(({ path, message }) => {
      const field = path.map(String).join('.');
      return message.includes(`\`${field}`) ? message : `\`${field}\`: ${message}`;
    });
  }
  return submissionWarnings(filled, splitSubmission(read.data));
}

/** What stands in braces and is no part of a hook, by the fields that have it. */
function unknownPlaceholders(template: HookTemplate): { field: string; name: string }[] {
  const found: { field: string; name: string }[] = [];
  const look = (field: string, value: JsonValue): void => {
    if (typeof value === 'string') {
      for (const [, name = ''] of value.matchAll(/\{([A-Za-z_]\w*)\}/g)) {
        if (!(placeholders as readonly string[]).includes(name)) found.push({ field, name });
      }
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, inner] of Object.entries(value)) look(field === '' ? name : `${field}.${name}`, inner);
    }
  };
  look('', template as JsonValue);
  return found;
}
