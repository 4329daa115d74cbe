import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { operations } from '../src/http/app.ts';
import { describeApi } from '../src/http/openapi/document.ts';

/**
 * Writes `python/src/evald_client/types.py`, the types of the Python client, from the description of the interface
 * (`/openapi.json`); with `--check`, a part of `npm run check`, writes nothing and fails when the file differs from it.
 * What is sent becomes a TypedDict, for its names are those of arguments; what is answered becomes a class, whose fields
 * are attributes.
 */
const HEAD = `"""What evald is sent and what it answers.

Written by tools/pythonTypes.ts ("npm run docs") from the description of the interface. Edit the schemas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from .record import Record
`;

type Schema = {
  $ref?: string;
  type?: string | readonly string[];
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  items?: Schema;
  prefixItems?: readonly Schema[];
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  title?: string;
  description?: string;
};

/** Names that Python keeps for itself: such a field is read as \`answer["from"]\`. */
const keywords: ReadonlySet<string> = new Set(['from', 'in', 'is', 'class', 'global', 'lambda', 'pass']);
/** Of objects inside others, which are named by the field that has them: what would read badly, or say too little. */
const names: Readonly<Record<string, string>> = {
  A: 'ComparedJob',
  Answer: 'AnswerCounts',
  ComparisonComparison: 'TaskComparison',
  TaskComparisonA: 'ComparedScore',
  Counts: 'SampleCounts',
  Deliverie: 'LiveDelivery',
  Detail: 'InvalidField',
  EvaldCut: 'SampleCut',
  File: 'RunFile',
  Filter: 'JobsFilter',
  FlipsSample: 'Flip',
  GateAnswerTask: 'GatedTask',
  Harness: 'HarnessUsed',
  Harnesse: 'HarnessState',
  Job: 'ActedJob',
  JobActionsAnswerCounts: 'ActionCounts',
  Jobs: 'JobCounts',
  Parent: 'WarmParent',
  Policy: 'GatePolicy',
  Request: 'JobRequest',
  Runner: 'LiveRunner',
  Sample: 'SampleAmounts',
  SamplesPageSample: 'CutSample',
  ScoreListMissing: 'MissingScore',
  TaskInput: 'TaskPolicy',
  Tracker: 'LiveTracker',
};
/** Parts of the description that the client has no class for: it splits the first, and raises the others. */
const leftOut: ReadonlySet<string> = new Set(['EvaluateAnswer', 'JsonValue', 'Error']);

const api = z
  .looseObject({ components: z.looseObject({ schemas: z.record(z.string(), z.custom<Schema>()) }) })
  .parse(JSON.parse(JSON.stringify(describeApi({ operations, version: '', isOpen: true, basePath: '' }))));
const paths = z
  .record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        parameters: z.array(z.looseObject({ in: z.string(), name: z.string(), schema: z.custom<Schema>() })).optional(),
      }),
    ),
  )
  .parse(api['paths']);

const { schemas } = api.components;
const written: string[] = [];
/** What a shape was named, and what shape a name has: the same shape in two places is one class. */
const nameOf = new Map<string, string>();
const taken = new Set(Object.keys(schemas));

for (const [name, schema] of Object.entries(schemas)) {
  if (!leftOut.has(name)) describe(name, schema, name.endsWith('Request') && name !== 'InvalidRequest');
}
for (const { operationId, parameters = [] } of Object.values(paths).flatMap((methods) => Object.values(methods))) {
  const query = parameters.filter((parameter) => parameter.in === 'query');
  if (query.length === 0) continue;
  const name = `${pascal(operationId)}Query`;
  const properties = Object.fromEntries(
    query.map((parameter) => [parameter.name, { ...parameter, ...parameter.schema }]),
  );
  describe(name, { type: 'object', properties, description: `The query of ${operationId}.` }, true);
}

const file = new URL('../python/src/evald_client/types.py', import.meta.url);
const text = `${HEAD}${written.join('')}`;
if (!process.argv.includes('--check')) writeFileSync(file, text);
else if (readFileSync(file, 'utf8') !== text) {
  console.error('python/src/evald_client/types.py differs from the description of the interface; run "npm run docs"');
  process.exitCode = 1;
}

/** Writes the class of an object, after those of what is in it. */
function describe(name: string, { properties = {}, required = [], description }: Schema, isSent: boolean): void {
  const fields = Object.entries(properties).map(([field, schema]) => ({
    field,
    type: typeOf(schema, name, field, isSent),
    isRequired: required.includes(field),
    description: schema.description,
  }));
  const lines = (of: typeof fields) => {
    const body = of.flatMap((field) => fieldLines(field, isSent));
    return body.length === 0 ? ['    pass'] : body;
  };
  const doc = description === undefined ? [] : [`    ${docstring(description)}`, ''];
  if (!isSent) {
    written.push(['\n', `class ${name}(Record):`, ...doc, ...lines(fields), ''].join('\n'));
    return;
  }
  const must = fields.filter(({ isRequired }) => isRequired);
  const may = fields.filter(({ isRequired }) => !isRequired);
  // Python below 3.11 has no NotRequired.
  const isMixed = must.length > 0 && may.length > 0;
  if (isMixed) written.push(['\n', `class _${name}(TypedDict):`, ...lines(must), ''].join('\n'));
  const base = isMixed ? `_${name}, total=False` : must.length > 0 ? 'TypedDict' : 'TypedDict, total=False';
  written.push(['\n', `class ${name}(${base}):`, ...doc, ...lines(isMixed ? may : fields), ''].join('\n'));
}

type Field = { field: string; type: string; isRequired: boolean; description: string | undefined };

function fieldLines({ field, type, isRequired, description = '' }: Field, isSent: boolean): string[] {
  if (keywords.has(field)) return [`    # "${field}": ${type}. ${description} (a word of Python: answer["${field}"])`];
  const about = isSent || isRequired ? description : `${description} (not always there)`;
  return [`    ${field}: ${type}`, ...(about === '' ? [] : [`    ${docstring(about)}`])];
}

function docstring(about: string): string {
  const escaped = about.replaceAll('\\', '\\\\').replaceAll('"""', '\\"\\"\\"');
  return `"""${escaped.endsWith('"') ? `${escaped} ` : escaped}"""`;
}

/** A type as Python writes it. @param owner the class that has the field; what is in it may become a class of its own. */
function typeOf(schema: Schema, owner: string, field: string, isSent: boolean): string {
  const { $ref, type, anyOf, oneOf, items, prefixItems, properties, additionalProperties } = schema;
  if ($ref !== undefined) {
    const name = $ref.split('/').at(-1) ?? '';
    return leftOut.has(name) ? 'Any' : name;
  }
  if (schema.const !== undefined) return literal([schema.const]);
  if (schema.enum !== undefined) return either([literal(schema.enum), ...(isNullable(schema) ? ['None'] : [])]);
  const inside = (one: Schema, name = field) => typeOf(one, owner, name, isSent);
  if (anyOf !== undefined || oneOf !== undefined) return either(choicesOf(schema).map((one) => inside(one)));
  if (Array.isArray(type)) return either(type.map((one: string) => inside({ ...schema, type: one })));
  if (type === 'array') {
    const item =
      items === undefined ? either((prefixItems ?? []).map((one) => inside(one))) : inside(items, singular(field));
    return `${isSent ? 'Sequence' : 'list'}[${item || 'Any'}]`;
  }
  if (properties !== undefined) return named(schema, owner, field, isSent);
  if (type === 'object') {
    const value = typeof additionalProperties === 'object' ? inside(additionalProperties, singular(field)) : 'Any';
    return `${isSent ? 'Mapping' : 'dict'}[str, ${value}]`;
  }
  const plain: Record<string, string> = {
    string: 'str',
    integer: 'int',
    number: 'float',
    boolean: 'bool',
    null: 'None',
  };
  return plain[String(type)] ?? 'Any';
}

function isNullable({ type }: Schema): boolean {
  return Array.isArray(type) && type.includes('null');
}

/** The class of an object inside another one. */
function named(schema: Schema, owner: string, field: string, isSent: boolean): string {
  const shape = `${isSent}${JSON.stringify({ ...schema, description: '' })}`;
  const known = nameOf.get(shape);
  if (known !== undefined) return known;
  const kind = schema.properties?.['kind']?.const;
  const plain = schema.title ?? pascal(field) + (typeof kind === 'string' ? pascal(kind) : '');
  const wanted = names[plain] ?? (isSent ? `${plain}Input` : plain);
  const longer = `${owner}${wanted}`;
  const name = taken.has(wanted) ? (names[longer] ?? longer) : wanted;
  if (taken.has(name)) throw new Error(`two shapes are both named ${name}`);
  taken.add(name);
  nameOf.set(shape, name);
  describe(name, schema, isSent);
  return name;
}

/** What there is to choose from, also where that is a choice again. */
function choicesOf(schema: Schema): Schema[] {
  const { anyOf, oneOf } = schema;
  return anyOf === undefined && oneOf === undefined
    ? [schema]
    : [...(anyOf ?? []), ...(oneOf ?? [])].flatMap(choicesOf);
}

function either(types: readonly string[]): string {
  const all = [...new Set(types)];
  if (all.includes('Any')) return 'Any';
  return all.length === 0 ? 'Any' : all.join(' | ');
}

function literal(values: readonly unknown[]): string {
  const texts = values
    .filter((value) => value !== null)
    .map((value) => (typeof value === 'boolean' ? pascal(String(value)) : JSON.stringify(value)));
  return `Literal[${texts.join(', ')}]`;
}

function pascal(text: string): string {
  return text.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function singular(text: string): string {
  return text === 'metrics' ? 'metric' : text.replace(/s$/, '');
}
