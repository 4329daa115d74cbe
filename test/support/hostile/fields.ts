import { z } from 'zod';
import { requestLimits } from '../../../src/schemas/values/limits.ts';
import { hostileTexts } from './texts.ts';

/** A value for a field that grows with a size. */
export type HostileValue = { name: string; limit: number; of: (size: number) => unknown };

const schemaSchema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  const: z.unknown().optional(),
  maxLength: z.number().optional(),
  maxItems: z.number().optional(),
  maxProperties: z.number().optional(),
  items: z.unknown().optional(),
  propertyNames: z.unknown().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  anyOf: z.array(z.unknown()).optional(),
  $ref: z.string().optional(),
});

/** Characters of texts for a field that takes some words only. */
const FOR_WORDS = 1_000;

/** The fields of a schema of a request, each with its hostile values. @throws for a field that nothing is known for. */
export function hostileFields(schema: z.ZodType): { field: string; values: HostileValue[] }[] {
  const { properties } = z
    .object({ properties: z.record(z.string(), z.unknown()) })
    .parse(z.toJSONSchema(schema, { io: 'input' }));
  return Object.entries(properties).map(([field, described]) => ({ field, values: valuesFor(described, field) }));
}

function valuesFor(described: unknown, field: string): HostileValue[] {
  const schema = schemaSchema.parse(described);
  if (schema.anyOf !== undefined) return schema.anyOf.flatMap((one) => valuesFor(one, field));
  // The only reference is that to any JSON.
  if (schema.$ref !== undefined) return jsonValues;
  switch (schema.type) {
    case 'null':
      return [];
    case 'string':
      return texts(schema.enum === undefined ? limitOf(schema.maxLength, field, 'maxLength') : FOR_WORDS);
    case 'integer':
    case 'number':
    case 'boolean':
      // They may be written as text.
      return texts(requestLimits.number);
    case 'array': {
      const limit = limitOf(schema.maxItems, field, 'maxItems');
      const items = valuesFor(schema.items, field);
      return [
        { name: 'many items', limit, of: (size) => Array.from({ length: size }, (_, index) => `t${index}*`) },
        { name: 'many times the same', limit, of: (size) => Array(size).fill('t*') },
        ...texts(requestLimits.engineArgs),
        ...items.map(({ name, limit, of }) => ({
          name: `an item of ${name}`,
          limit,
          of: (size: number) => [of(size)],
        })),
      ];
    }
    case 'object': {
      if (schema.properties !== undefined) {
        return Object.entries(schema.properties).flatMap(([name, one]) =>
          valuesFor(one, `${field}.${name}`).map(({ of, ...value }) => ({
            ...value,
            name: `${name} of ${value.name}`,
            of: (size: number) => ({ [name]: of(size) }),
          })),
        );
      }
      const limit = limitOf(schema.maxProperties, field, 'maxProperties');
      const names = valuesFor(schema.propertyNames, field);
      const values = valuesFor(schema.additionalProperties, field);
      return [
        { name: 'many names', limit, of: (size) => named(size, (index) => `name${index}`) },
        {
          name: 'many names with one beginning',
          limit,
          of: (size) => named(size, (index) => `${'a'.repeat(50)}${index}`),
        },
        { name: 'many credentials', limit, of: (size) => named(size, (index) => `api_key_${index}`) },
        { name: 'many numbers as names', limit, of: (size) => named(size, String) },
        ...names.map(({ name, limit, of }) => ({
          name: `a name of ${name}`,
          limit,
          of: (size: number) => ({ [String(of(size))]: 'x' }),
        })),
        ...values.flatMap(({ name, limit, of }) => [
          { name: `a value of ${name}`, limit, of: (size: number) => ({ a: of(size) }) },
          { name: `a secret value of ${name}`, limit, of: (size: number) => ({ api_key: of(size) }) },
        ]),
      ];
    }
    default:
      throw new Error(`no hostile values are known for \`${field}\`: ${JSON.stringify(described)}`);
  }
}

function limitOf(limit: number | undefined, field: string, what: string): number {
  if (limit === undefined) throw new Error(`\`${field}\` has no limit: ${what}`);
  return limit;
}

const texts = (limit: number): HostileValue[] => hostileTexts.map(({ name, of }) => ({ name, limit, of }));

const named = (size: number, name: (index: number) => string) =>
  Object.fromEntries(Array.from({ length: size }, (_, index) => [name(index), `value-of-it-${index}`]));

const nested = (depth: number, wrap: (inner: unknown) => unknown): unknown => {
  let value: unknown = 'x';
  for (let level = 0; level < depth; level++) value = wrap(value);
  return value;
};

const { argText, argValues, credential } = requestLimits;

/** Any JSON: long, wide and deep, and text that is JSON itself. */
const jsonValues: HostileValue[] = [
  ...texts(argText),
  { name: 'a long list', limit: argValues, of: (size) => Array(size).fill('x') },
  { name: 'a long list of lists', limit: argValues, of: (size) => Array.from({ length: size / 2 }, () => []) },
  { name: 'an object of many names', limit: argValues, of: (size) => named(size, (index) => `n${index}`) },
  {
    name: 'credentials deep inside',
    limit: argValues,
    of: (size) => ({ ['k'.repeat(400)]: { password: Array(size).fill('x') } }),
  },
  { name: 'lists in lists', limit: 200, of: (size) => nested(size, (inner) => [inner, inner === 'x' ? 'y' : 1]) },
  { name: 'objects in objects', limit: 200, of: (size) => nested(size, (inner) => ({ ['secret'.repeat(50)]: inner })) },
  { name: 'one long credential', limit: credential, of: (size) => ({ secret: 'a'.repeat(size) }) },
  { name: 'JSON of lists in a text', limit: argText, of: (size) => '['.repeat(size / 2) + ']'.repeat(size / 2) },
  { name: 'JSON of many values in a text', limit: argText, of: (size) => `[${'"key",'.repeat(size / 6)}1]` },
  {
    name: 'JSON of credentials in a text',
    limit: argText,
    of: (size) => `{${'"api_key":"abcdefgh",'.repeat(size / 21)}"a":1}`,
  },
  {
    name: 'JSON in JSON in a text',
    limit: argText,
    of: (size) => JSON.stringify([JSON.stringify(['"'.repeat(size / 4)])]),
  },
];
