import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { RunError, UnavailableError } from '../../../../src/machines/ports/runner.ts';
import { createRayApi } from '../../../../src/runner/backends/ray/api.ts';
import { readToken } from '../../../../src/runner/backends/ray/http.ts';
import { EngineUnavailableError } from '../../../../src/runner/backends/shared/unavailable.ts';
import { temporaryFolder } from '../../../support/runs/localRun.ts';

const TOKEN = 'sEcrEt-token';
const submission = {
  submission_id: 'evald-1',
  entrypoint: 'true',
  metadata: {},
  runtime_env: {},
  entrypoint_num_cpus: 1,
  entrypoint_num_gpus: 0,
};

/** What answers instead of Ray, and the requests that it got. */
async function answered(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const tokenFile = join(await temporaryFolder(), 'token');
  await writeFile(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { api: createRayApi({ url, tokenFile }), requests, url };
}

const text = (status: number, body: string) => (_: IncomingMessage, response: ServerResponse) =>
  void response.writeHead(status).end(body);

test('a request to Ray has the token, and nothing by which Ray would take it for a browser', async () => {
  const { api, requests } = await answered(text(200, '{"submission_id": "evald-1"}'));
  expect(await api.submit(submission)).toBe(true);
  const { headers } = requests[0] as IncomingMessage;
  expect(headers.authorization).toBe(`Bearer ${TOKEN}`);
  expect(Object.keys(headers).filter((name) => /^(sec-|origin|referer|user-agent)/.test(name))).toEqual([]);
});

test('a request to Ray follows no redirect: the token would go with it', async () => {
  const { api, requests } = await answered((_, response) => {
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  await expect(api.job('evald-1')).rejects.toThrow(EngineUnavailableError);
  expect(requests).toHaveLength(1);
});

test.each([
  [401, 'no token', '(401)'],
  [403, `the token ${TOKEN} is wrong`, '(403)'],
  [500, 'Traceback\n  File "x"\nValueError: what it was\n\n', '500 ValueError: what it was'],
  [502, '<html>bad gateway</html>', '502'],
  [200, 'not JSON', "is not Ray's Jobs API"],
  [200, '{"status": "SOMETHING"}', "is not Ray's Jobs API"],
  // Not Ray's words for a job that it does not know: a proxy whose Ray is away.
  [404, 'page not found', '404'],
])('an answer %i %j says nothing about a job', async (status, body, words) => {
  const { api } = await answered(text(status, body));
  const error = await api.job('evald-1').catch((error) => error);
  expect(error).toBeInstanceOf(EngineUnavailableError);
  expect(error.message).toContain(words);
  expect(error.message).not.toMatch(/\n/);
  expect(error.message).not.toContain(TOKEN);
});

test('a job that Ray does not know is none', async () => {
  const { api } = await answered(text(404, 'Job evald-1 does not exist'));
  expect(await api.job('evald-1')).toBeNull();
  await api.stop('evald-1');
});

test('an address where nothing answers, or hangs up, means that Ray is away', async () => {
  const { api } = await answered((request) => request.socket.destroy());
  await expect(api.jobs()).rejects.toThrow(EngineUnavailableError);
  await expect(createRayApi({ url: 'http://127.0.0.1:9', tokenFile: null }).jobs()).rejects.toThrow('ECONNREFUSED');
});

test.each([
  [500, 'ValueError: Job with submission_id evald-1 already exists. Please use a different one.', false],
  [400, 'TypeError: runtime_env must be a dict', UnavailableError],
  [400, 'TypeError: entrypoint must be a string', RunError],
  [413, 'Maximum request body size 104857600 exceeded', RunError],
  // The agent behind the dashboard has refused it, which the dashboard takes for a failure.
  [500, 'RuntimeError: Request failed with status code 400: TypeError: no.', RunError],
  // A proxy, which takes no job of anybody.
  [405, "'POST' method not allowed for browser traffic.", UnavailableError],
  [404, '404 page not found', UnavailableError],
  [429, 'Too Many Requests', UnavailableError],
  [302, '', UnavailableError],
  [500, 'No available agent to submit job, please try again later.', EngineUnavailableError],
])('a submission that is answered %i %j ends as that answer means', async (status, body, expected) => {
  const { api } = await answered(text(status, body));
  if (expected === false) expect(await api.submit(submission)).toBe(false);
  else await expect(api.submit(submission)).rejects.toThrow(expected as typeof EngineUnavailableError);
});

test('a token file that is open to others, empty, or holds more than one token is refused without its text', async () => {
  const file = join(await temporaryFolder(), 'token');
  for (const [content, mode] of [
    [TOKEN, 0o640],
    [TOKEN, 0o604],
    ['\n', 0o600],
    [`${TOKEN}\r\nX: y`, 0o600],
  ] as const) {
    await writeFile(file, content);
    await chmod(file, mode);
    const error = await readToken(file).catch((error) => error);
    expect(error.message).toContain(file);
    expect(error.message).not.toContain(TOKEN);
  }
  await writeFile(file, `${TOKEN}\n`);
  await chmod(file, 0o600);
  expect(await readToken(file)).toBe(TOKEN);
});
