import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { operations } from '../../src/http/app.ts';
import { createTestApp } from './fakes.ts';

const schemaSchema = z.looseObject({
  properties: z.record(z.string(), z.looseObject({ description: z.string().optional() })),
  required: z.array(z.string()).optional(),
});
const documentSchema = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()) }))),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
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

test('it is OpenAPI 3.1 and every reference leads somewhere', () => {
  expect(document.openapi).toBe('3.1.0');
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g);
  for (const [, reference] of references) {
    const [, name = ''] = reference?.match(/^#\/components\/schemas\/(\w+)$/) ?? [];
    expect(document.components.schemas, reference).toHaveProperty(name);
  }
});

test('every field of every schema is described', () => {
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    if (name === 'JsonValue') continue;
    for (const [field, { description }] of Object.entries(schemaSchema.parse(schema).properties)) {
      expect(description, `${name}.${field}`).toBeTruthy();
    }
  }
});

describe('the schema of a request states its limits', () => {
  const { properties, required } = schemaSchema.parse(document.components.schemas['EvaluateRequest']);

  test('and only model and tasks are required', () => {
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
              { type: 'string', minLength: 1 },
            ],
          },
          { type: 'null' },
        ],
      },
    ],
    ['num_fewshot', { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] }],
    ['model_args', { anyOf: [{ type: 'object', propertyNames: { pattern: '^[^=,]+$' } }, { type: 'null' }] }],
  ])('of %s', (field, schema) => {
    expect(properties[field]).toMatchObject(schema);
  });
});
