import { z } from 'zod';
import { commonAnswers, type Operation, type OperationAnswer, type OperationAnswers } from '../operation.ts';
import { answerRef, describeDefault, requestRef } from './schemas.ts';

/** One operation as OpenAPI has it. `x-evald-role` is the role that a token needs. */
export function describeOperation(operation: Operation) {
  const { id, tag, role, summary, parameters, query, headers, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: role === null ? 'Needs no token.' : `Takes the role \`${role}\`, where tokens are in use.`,
    ...(role === null ? { security: [] } : { 'x-evald-role': role }),
    parameters: [
      ...describeParameters('path', parameters),
      ...describeParameters('query', query),
      ...describeParameters('header', headers),
    ],
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: requestRef(body) } } } }),
    responses: Object.fromEntries(
      Object.entries(together(operation.answers, commonAnswers(operation))).map(([status, answer]) => [
        status,
        describeAnswer(answer),
      ]),
    ),
  };
}

/** Where a status has several reasons, all are listed; the example is of the operation's own. */
function together(own: OperationAnswers, common: OperationAnswers): OperationAnswers {
  const all: OperationAnswers = { ...common, ...own };
  for (const [status, answer] of Object.entries(own)) {
    const also = common[Number(status)];
    if (also === undefined) continue;
    all[Number(status)] = {
      ...answer,
      description: `${answer.description}; or: ${also.description}`,
      headers: { ...also.headers, ...answer.headers },
    };
  }
  return all;
}

/** Every field is a parameter, with its type and limits; only those of the path are required. */
function describeParameters(location: 'path' | 'query' | 'header', fields: z.ZodObject | undefined) {
  if (fields === undefined) return [];
  const { properties = {} } = z.toJSONSchema(fields, { io: 'input', override: describeDefault });
  return Object.entries(properties).map(([name, property]) => {
    const { description, examples = [], ...schema } = Object(property);
    const [example] = examples;
    return {
      name,
      in: location,
      required: location === 'path',
      description: String(description),
      schema,
      ...(example !== undefined && { example }),
    };
  });
}

function describeAnswer(answer: OperationAnswer) {
  const headers = Object.entries(answer.headers ?? {}).map(([name, description]) => {
    return [name, { description, schema: { type: 'string' } }] as const;
  });
  return {
    description: answer.description,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...('empty' in answer ? {} : { content: contentOf(answer) }),
  };
}

function contentOf(answer: Exclude<OperationAnswer, { empty: true }>) {
  const example = answer.example === undefined ? {} : { example: answer.example };
  if ('events' in answer) {
    return { 'text/event-stream': { schema: eventOf(answer.events.map(answerRef)), ...example } };
  }
  if (!('schema' in answer)) {
    return Object.fromEntries([answer.media].flat().map((media) => [media, { ...textOf(media), ...example }]));
  }
  const { schema, or } = answer;
  return {
    'application/json': { schema: answerRef(schema), ...example },
    ...(or !== undefined && { [or]: textOf(or) }),
  };
}

/** One event of a stream, as readers of streams have it: its data is JSON as text. */
const eventOf = (data: object[]) => ({
  type: 'object',
  required: ['data'],
  properties: {
    event: { type: 'string', description: 'What kind of event' },
    id: { type: 'string', description: 'Its number, with which to go on after it' },
    data: { type: 'string', contentMediaType: 'application/json', contentSchema: { anyOf: data } },
  },
});

const textOf = (media: string) => (media.startsWith('text/') ? { schema: { type: 'string' } } : {});
