import { type Operation, tags } from '../operation.ts';
import { describeOperation } from './operations.ts';
import { describeSchemas } from './schemas.ts';

export type Api = {
  operations: Operation[];
  version: string;
  /** Whether any caller that reaches the server may do everything, without a token. */
  isOpen: boolean;
  /** What stands before every path; empty: nothing. */
  basePath: string;
};

const description = [
  'Queues, runs and reports evaluations of language models.',
  'Requests are read leniently, as the server of lmms-eval reads them: "3" and 3.0 are integers, "yes" is true, unknown fields are ignored and named in `warnings`.',
  'Refusals say in `detail` what is wrong and what is allowed: as text, or with 422 as a list in the shape of FastAPI.',
].join(' ');

/** The document at /openapi.json, made of the schemas that requests are read by. */
export function describeApi({ operations, version, isOpen, basePath }: Api) {
  const paths: { [path: string]: { [method: string]: ReturnType<typeof describeOperation> } } = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describeOperation(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'evald',
      version,
      summary: 'The evaluation queue for language and multimodal models',
      description,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: basePath || '/', description: 'This server' }],
    tags: Object.entries(tags).map(([name, about]) => ({ name, description: about })),
    paths,
    components: { schemas: describeSchemas(), securitySchemes },
    security: isOpen ? [] : Object.keys(securitySchemes).map((scheme) => ({ [scheme]: [] })),
  };
}

const securitySchemes = {
  bearerAuth: { type: 'http', scheme: 'bearer', description: 'A token, as `evald token create` prints it' },
  basicAuth: {
    type: 'http',
    scheme: 'basic',
    description: 'The same token as the password, with any user: for clients that know only http://name:token@host',
  },
};
