import { z } from 'zod';
import { artifactsSchema } from '../schemas/artifacts.ts';
import { cancelAnswerSchema } from '../schemas/cancelAnswer.ts';
import { modelsSchema, tasksSchema } from '../schemas/catalog.ts';
import { pauseAnswerSchema, retryAnswerSchema, stopAnswerSchema } from '../schemas/control.ts';
import { errorBodySchema, invalidRequestSchema } from '../schemas/errorBody.ts';
import { healthSchema } from '../schemas/health.ts';
import { jobInfoSchema } from '../schemas/job.ts';
import { jobEventSchema } from '../schemas/jobEvent.ts';
import { jobListSchema } from '../schemas/jobList.ts';
import { jobResultsSchema } from '../schemas/jobResults.ts';
import { jsonValueSchema } from '../schemas/json.ts';
import { liveAnswerSchema, machinesSchema } from '../schemas/machines.ts';
import { mergeAnswerSchema } from '../schemas/mergeAnswer.ts';
import { mergeRequestSchema } from '../schemas/mergeRequest.ts';
import { queueSchema } from '../schemas/queue.ts';
import { samplesPageSchema } from '../schemas/samplesPage.ts';
import { submissionSchema } from '../schemas/submission.ts';
import { submitAnswerSchema } from '../schemas/submitAnswer.ts';
import type { Answer, Operation } from './operation.ts';

/** Names under `components/schemas`. A request is described as it may be sent, an answer as it is sent. */
const requests = new Map<z.ZodType, string>([
  [submissionSchema, 'EvaluateRequest'],
  [mergeRequestSchema, 'MergeRequest'],
  [jsonValueSchema, 'JsonValue'],
]);
const answers = new Map<z.ZodType, string>([
  [submitAnswerSchema, 'SubmitAnswer'],
  [jobInfoSchema, 'JobInfo'],
  [cancelAnswerSchema, 'CancelAnswer'],
  [jobListSchema, 'JobList'],
  [jobEventSchema, 'JobEvent'],
  [jobResultsSchema, 'JobResults'],
  [samplesPageSchema, 'SamplesPage'],
  [artifactsSchema, 'Artifacts'],
  [stopAnswerSchema, 'StopAnswer'],
  [retryAnswerSchema, 'RetryAnswer'],
  [queueSchema, 'Queue'],
  [pauseAnswerSchema, 'PauseAnswer'],
  [healthSchema, 'Health'],
  [tasksSchema, 'Tasks'],
  [modelsSchema, 'Models'],
  [mergeAnswerSchema, 'MergeAnswer'],
  [machinesSchema, 'Machines'],
  [liveAnswerSchema, 'LiveStates'],
  [errorBodySchema, 'Error'],
  [invalidRequestSchema, 'InvalidRequest'],
  [jsonValueSchema, 'JsonValue'],
]);

/** The document at /openapi.json, made of the schemas that requests are read by. */
export function describeApi({ operations, version }: { operations: Operation[]; version: string }) {
  const paths: { [path: string]: { [method: string]: ReturnType<typeof describeOperation> } } = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'evald', version, description: 'Queues, runs and reports evaluations of language models.' },
    paths,
    components: { schemas: { ...describeSchemas(requests, 'input'), ...describeSchemas(answers, 'output') } },
  };
}

function describeOperation({ summary, parameters = {}, query, headers = {}, body, answers: byStatus }: Operation) {
  return {
    summary,
    parameters: [
      ...Object.entries(parameters).map(([name, description]) => describeParameter('path', name, description)),
      ...(query ? describeQuery(query) : []),
      ...Object.entries(headers).map(([name, description]) => describeParameter('header', name, description)),
    ],
    ...(body && { requestBody: { required: true, content: jsonOf(body, requests) } }),
    responses: Object.fromEntries(Object.entries(byStatus).map(([status, answer]) => [status, describeAnswer(answer)])),
  };
}

function describeParameter(place: 'path' | 'header', name: string, description: string) {
  return { name, in: place, required: place === 'path', description, schema: { type: 'string' } };
}

/** Every field is a parameter, with its type and limits. None is required. */
function describeQuery(query: z.ZodObject) {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', override: describeDefault });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = Object(property);
    return { name, in: 'query', required: false, description: String(description), schema };
  });
}

function describeAnswer(answer: Answer) {
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => {
    return [name, { description, schema: { type: 'string' } }] as const;
  });
  return {
    description: answer.description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...contentOf(answer),
  };
}

function contentOf(answer: Answer) {
  if ('schema' in answer) {
    const other = answer.or === undefined ? {} : { [answer.or]: {} };
    return { content: { ...jsonOf(answer.schema, answers, answer.media), ...other } };
  }
  return 'media' in answer ? { content: Object.fromEntries([answer.media].flat().map((media) => [media, {}])) } : {};
}

function jsonOf(schema: z.ZodType, names: Map<z.ZodType, string>, media = 'application/json') {
  const name = names.get(schema);
  if (name === undefined) throw new Error('a schema of an operation has no name in openapi.ts');
  return { [media]: { schema: { $ref: refTo(name) } } };
}

function describeSchemas(names: Map<z.ZodType, string>, io: 'input' | 'output') {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of names) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io, uri: refTo, override: describeDefault });
  // Inside a document both of these would point away from it.
  return Object.fromEntries(Object.entries(schemas).map(([id, { $id, $schema, ...schema }]) => [id, schema]));
}

/** Zod leaves out the default of a field that is read leniently; a client is helped by it all the same. */
function describeDefault({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodTypes;
  jsonSchema: z.core.JSONSchema.BaseSchema;
}) {
  if (zodSchema instanceof z.ZodDefault) jsonSchema.default = zodSchema.def.defaultValue;
}

function refTo(name: string): string {
  return `#/components/schemas/${name}`;
}
