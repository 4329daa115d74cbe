import { z } from 'zod';
import { ClientError } from '../../../client/index.ts';
import { roleSchema } from '../../../schemas/server/token.ts';

/** Of JSON Schema what this page shows. */
export type Schema = {
  $ref?: string | undefined;
  anyOf?: Schema[] | undefined;
  const?: unknown;
  enum?: unknown[] | undefined;
  type?: string | string[] | undefined;
  /** False: nothing comes after `prefixItems`. */
  items?: Schema | false | undefined;
  prefixItems?: Schema[] | undefined;
  minimum?: number | undefined;
  maximum?: number | undefined;
  exclusiveMinimum?: number | undefined;
  description?: string | undefined;
  required?: string[] | undefined;
  properties?: { [name: string]: Schema } | undefined;
  examples?: unknown[] | undefined;
};

const schemaSchema: z.ZodType<Schema> = z.lazy(() =>
  z.object({
    $ref: z.string().optional(),
    anyOf: z.array(schemaSchema).optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    type: z.union([z.string(), z.array(z.string())]).optional(),
    items: z.union([z.literal(false), schemaSchema]).optional(),
    prefixItems: z.array(schemaSchema).optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    description: z.string().optional(),
    required: z.array(z.string()).optional(),
    properties: z.record(z.string(), schemaSchema).optional(),
    examples: z.array(z.unknown()).optional(),
  }),
);

const contentSchema = z.object({ schema: schemaSchema.optional(), example: z.unknown().optional() });

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  description: z.string(),
  schema: schemaSchema,
  example: z.unknown().optional(),
});

const answerSchema = z.object({
  description: z.string(),
  headers: z.record(z.string(), z.object({ description: z.string() })).optional(),
  content: z.record(z.string(), contentSchema).optional(),
});

const operationSchema = z.object({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  'x-evald-role': roleSchema.optional(),
  parameters: z.array(parameterSchema),
  requestBody: z.object({ content: z.record(z.string(), contentSchema) }).optional(),
  responses: z.record(z.string(), answerSchema),
});

const documentSchema = z.object({
  info: z.object({ version: z.string(), description: z.string() }),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.string(), operationSchema)),
  components: z.object({ schemas: z.record(z.string(), schemaSchema) }),
});

export type Parameter = z.infer<typeof parameterSchema>;
export type Answer = z.infer<typeof answerSchema>;
export type Content = z.infer<typeof contentSchema>;

/** One method of one path. */
export type Operation = z.infer<typeof operationSchema> & { method: string; path: string };

/** The description of the interface, as this page shows it. */
export type Interface = {
  version: string;
  description: string;
  groups: { name: string; description: string; operations: Operation[] }[];
  schemas: { [name: string]: Schema };
};

/** Reads the description that the server makes of itself. @throws ClientError `notEvald` when it is of another shape. */
export function readInterface(document: unknown): Interface {
  const read = documentSchema.safeParse(document);
  if (!read.success) {
    const text = `The server describes itself otherwise than this page knows: ${z.prettifyError(read.error)}`;
    throw new ClientError({ code: 'notEvald', status: 200 }, text);
  }
  const { info, tags, paths, components } = read.data;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, ...operation })),
  );
  return {
    ...info,
    groups: tags.map((tag) => ({ ...tag, operations: operations.filter(({ tags: its }) => its.includes(tag.name)) })),
    schemas: components.schemas,
  };
}

/** A schema as it is, or the one that it points to. */
export function resolved(schemas: Interface['schemas'], schema: Schema | undefined): Schema | undefined {
  const name = schema?.$ref?.split('/').at(-1);
  return name === undefined ? schema : schemas[name];
}

/** A schema in a few signs: `integer 1…1024 | null`. */
export function typeText(schema: Schema): string {
  if (schema.$ref) return schema.$ref.split('/').at(-1) ?? '';
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeText))].join(' | ');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeText).join(', ')}]`;
  if (schema.type === 'array') return schema.items ? `list of ${typeText(schema.items)}` : 'list';
  const type = [schema.type ?? 'any'].flat().join(' | ');
  const { minimum, maximum, exclusiveMinimum } = schema;
  if (minimum !== undefined && maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) {
    return `${type} ${minimum}…${maximum}`;
  }
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) return `${type} from ${minimum}`;
  return exclusiveMinimum === undefined ? type : `${type} above ${exclusiveMinimum}`;
}

/** An example as it is sent: JSON, or text as it is. */
export const exampleText = (example: unknown): string =>
  typeof example === 'string' ? example : JSON.stringify(example, null, 2);
