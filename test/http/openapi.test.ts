import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { operations } from '../../src/http/app.ts';
import { describeApi } from '../../src/http/openapi/document.ts';
import { answers, requests } from '../../src/http/openapi/schemas.ts';
import { errorBodySchema } from '../../src/schemas/errors/errorBody.ts';
import { createTestApp } from './fakes.ts';

const schemaSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })),
  required: z.array(z.string()).optional(),
});
const choiceSchema = z.looseObject({ anyOf: z.array(z.strictObject({ $ref: z.string() })) });
const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()) }))),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
});
const tagsSchema = z.array(z.object({ name: z.string(), description: z.string().min(1) }));
const operationSchema = z.looseObject({
  operationId: z.string(),
  tags: z.array(z.string()).length(1),
  'x-evald-role': z.string().optional(),
  security: z.array(z.unknown()).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), description: z.string() })),
  responses: z.record(z.string(), z.unknown()),
});

const { app } = createTestApp();
const document = documentSchema.parse(await (await app.request('/openapi.json')).json());

test('every route is described, and every description has its route', () => {
  const registered = new Set(
    app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}')}`),
  );
  const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(new Set(described)).toEqual(registered);
  expect(described).toHaveLength(registered.size);
  const inDocument = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(new Set(inDocument)).toEqual(registered);
});

test.each([true, false])('the document is what the JSON schema of OpenAPI 3.1 allows; open: %s', async (isOpen) => {
  const described = describeApi({ operations, version: '1', isOpen, basePath: '' });
  const validator = new Validator();
  expect(await validator.validate(JSON.parse(JSON.stringify(described)))).toEqual({ valid: true });
  expect(validator.version).toBe('3.1');
  // It can fail.
  expect(await new Validator().validate({ ...described, paths: { x: {} } })).toMatchObject({ valid: false });
});

test('every reference in the document leads somewhere', () => {
  expect(document.openapi).toBe('3.1.0');
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
  for (const [, reference] of references) {
    const [, name = ''] = reference?.match(/^#\/components\/schemas\/(\w+)$/) ?? [];
    expect(document.components.schemas, reference).toHaveProperty(name);
  }
});

test('every pattern is one that readers without look-ahead and Unicode classes know', () => {
  for (const [, pattern] of JSON.stringify(document).matchAll(/"pattern":"((?:[^"\\]|\\.)*)"/g)) {
    expect(pattern).not.toMatch(/\\p\{|\(\?/);
  }
});

test('every field of every schema is described', () => {
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (name === 'JsonValue') continue;
    // One of several, each of which has a name of its own here.
    if (choiceSchema.safeParse(schema).success) continue;
    for (const [field, { description }] of Object.entries(schemaSchema.parse(schema).properties)) {
      expect(description, `${name}.${field}`).toBeTruthy();
    }
  }
});

describe('examples', () => {
  test.each([...requests, ...answers].map(({ name, schema, examples }) => ({ name, schema, examples })))(
    'examples of $name are read by its schema',
    ({ name, schema, examples }) => {
      for (const example of examples) expect(schema.safeParse(example), name).toMatchObject({ success: true });
      // A chart, and any JSON: the page has no use for one.
      if (name !== 'Machines' && name !== 'JsonValue') expect(examples.length).toBeGreaterThan(0);
    },
  );

  test('examples of answers have nothing that the schema does not know, and are in the document', () => {
    for (const { name, schema, examples } of answers) {
      for (const example of examples) expect(schema.parse(example), name).toEqual(example);
      expect(document.components.schemas[name]).toMatchObject(examples.length > 0 ? { examples } : {});
    }
  });

  test('examples of what is required of a request are enough to start from, and are accepted', async () => {
    const [evaluate] = requests;
    for (const example of evaluate?.examples ?? []) {
      const answer = await createTestApp().post('/evaluate', example);
      expect([answer.status, Object(await answer.json()).warnings]).toEqual([200, []]);
    }
  });

  test('examples are there for every refusal, in the shape it has', () => {
    for (const { id, answers: byStatus } of operations) {
      for (const [status, answer] of Object.entries(byStatus)) {
        if (!('schema' in answer) || answer.schema !== errorBodySchema) continue;
        expect(errorBodySchema.safeParse(answer.example).success, `${id} ${status}`).toBe(true);
      }
    }
  });
});

describe('every operation', () => {
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      path,
      method,
      operation: operationSchema.parse(operation),
    })),
  );

  test('every operation has a name of its own, a group that is described, and its role', () => {
    expect(new Set(described.map(({ operation }) => operation.operationId)).size).toBe(operations.length);
    const groups = new Set(tagsSchema.parse(document['tags']).map(({ name }) => name));
    for (const { operation } of described) {
      expect(operation.operationId).toMatch(/^[a-z]+[A-Z][A-Za-z]+$/);
      expect(groups).toContain(operation.tags[0]);
      // What needs no token says so.
      const role = operation['x-evald-role'] ?? 'none';
      expect(['read', 'submit', 'admin', 'none']).toContain(role);
      expect(operation.security, operation.operationId).toEqual(role === 'none' ? [] : undefined);
    }
  });

  test('every operation has the answers that may come before its route, with their headers', () => {
    for (const { path, operation } of described) {
      expect(operation.responses, path).toMatchObject({ 500: { content: { 'application/json': {} } } });
      if (operation.security !== undefined) expect(Object.keys(operation.responses)).not.toContain('401');
      else
        expect(operation.responses, path).toMatchObject({
          401: { headers: { 'WWW-Authenticate': {} }, content: { 'application/json': {} } },
          429: { headers: { 'Retry-After': {} }, content: { 'application/json': {} } },
        });
    }
  });

  test('an operation has both reasons where a status has two', () => {
    const evaluate = described.find(({ path }) => path === '/evaluate');
    expect(evaluate?.operation.responses).toMatchObject({
      403: { description: expect.stringMatching(/server allows; or: The token's role is below `submit`/) },
    });
  });

  test('every operation has the parameters of its path, each described', () => {
    for (const { path, operation } of described) {
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(inPath.map((name) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      for (const { name, description } of operation.parameters) expect(description, `${path} ${name}`).toBeTruthy();
    }
  });
});

test('a token is required exactly where one is needed', () => {
  const schemes = { bearerAuth: { scheme: 'bearer' }, basicAuth: { scheme: 'basic' } };
  const open = describeApi({ operations, version: '1', isOpen: true, basePath: '' });
  const closed = describeApi({ operations, version: '1', isOpen: false, basePath: '' });
  expect(closed.components.securitySchemes).toMatchObject(schemes);
  expect([open.security, closed.security]).toEqual([[], [{ bearerAuth: [] }, { basicAuth: [] }]]);
});

describe('the schema of a request states its limits', () => {
  const { properties, required } = schemaSchema.parse(document.components.schemas['EvaluateRequest']);

  test('in the schema of a request only model and tasks are required', () => {
    expect(required).toEqual(['model', 'tasks']);
  });

  test.each<[string, object]>([
    ['tasks', { type: 'array', minItems: 1, items: { type: 'string', pattern: expect.any(String) } }],
    ['num_gpus', { type: 'integer', minimum: 1, maximum: 1024, default: 1 }],
    ['log_samples', { type: 'boolean', default: true }],
    ['limit', { default: null, anyOf: [{ anyOf: [{ const: -1 }, { exclusiveMinimum: 0 }] }, { type: 'null' }] }],
    [
      'batch_size',
      {
        anyOf: [
          {
            anyOf: [
              { type: 'integer', minimum: 1 },
              { type: 'string', pattern: expect.any(String) },
            ],
          },
          { type: 'null' },
        ],
      },
    ],
    ['num_fewshot', { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] }],
    ['model_args', { anyOf: [{ type: 'object', propertyNames: { pattern: '^[^=,]+$' } }, { type: 'null' }] }],
  ])('the schema of a request states the limits of %s', (field, schema) => {
    expect(properties[field]).toMatchObject(schema);
  });
});

test('GET /queue says that it names what it answers, and that an unchanged queue is not sent again', () => {
  const queue = operationSchema.parse(document.paths['/queue']?.['get']);
  expect(queue.parameters).toEqual([
    expect.objectContaining({ name: 'limit', in: 'query' }),
    expect.objectContaining({
      name: 'If-None-Match',
      in: 'header',
      required: false,
      schema: { type: 'string', maxLength: 4_096 },
    }),
  ]);
  const named = { headers: { ETag: expect.objectContaining({ schema: { type: 'string' } }) } };
  expect(queue.responses).toMatchObject({ 200: named, 304: named });
  expect(queue.responses['304']).not.toHaveProperty('content');
});
