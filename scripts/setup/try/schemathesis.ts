import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { removeFolder } from '../../../test/support/files/removeFolder.ts';
import { schemathesisProgram } from '../../../test/support/needs.ts';
import { attempt } from './attempt.ts';

const LIMIT = 120_000;

const schema = { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'], additionalProperties: false };
const described = { description: 'a number', content: { 'application/json': { schema } } };
const openapi = {
  openapi: '3.1.0',
  info: { title: 'setup', version: '1' },
  paths: { '/n': { get: { operationId: 'n', responses: { '200': described } } } },
};

// A server that is as it says, and that schemathesis must have asked.
await attempt(async () => {
  let asked = 0;
  const server = createServer((request, response) => {
    const { url = '', method } = request;
    const isDescription = url === '/openapi.json';
    if (!isDescription) asked += 1;
    const isKnown = method === 'GET' && (isDescription || url === '/n');
    response.writeHead(isKnown ? 200 : method === 'GET' ? 404 : 405, {
      'content-type': 'application/json',
      allow: 'GET',
    });
    response.end(JSON.stringify(isDescription ? openapi : isKnown ? { n: 1 } : {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const folder = await mkdtemp(join(tmpdir(), 'evald-setup-'));
  try {
    const how = ['run', `http://127.0.0.1:${port}/openapi.json`, '--max-examples', '2', '--no-color'];
    await promisify(execFile)(schemathesisProgram, how, { cwd: folder, timeout: LIMIT }).catch((error) => {
      throw new Error(`schemathesis failed: ${error.stdout || error.message}`);
    });
    if (asked === 0) throw new Error('schemathesis asked nothing');
  } finally {
    server.closeAllConnections();
    server.close();
    await removeFolder(folder);
  }
});
