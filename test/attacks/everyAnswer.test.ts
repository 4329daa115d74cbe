import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../src/http/app.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { send } from '../support/requests/send.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/* What every answer says to a browser, so that nothing that came into one can be run, guessed, framed or read elsewhere. */

let server: TestServer;
let jobId: string;
beforeAll(async () => {
  server = await startServer();
  jobId = await submit(server.url, { model: 'majority', tasks: ['demo_digits'], limit: 1 });
  await endedJob(server.url, jobId);
});
afterAll(() => server.stop());

const values: { [name: string]: () => string } = {
  job_id: () => jobId,
  task: () => 'demo_digits',
  path: () => 'nosuch',
  file: () => 'job.svg',
};
const fill = (path: string) => path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]?.() ?? name);

/** Follows for ever, so that only its head is asked for. */
const endless = new Set(['/events', '/machines/live/events']);

async function expectGuarded(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body: string | null = null,
) {
  const answer = await send(`${server.url}${path}`, { method, headers, body });
  const policy = String(answer.headers['content-security-policy']);
  expect(policy).toMatch(/^default-src 'none'; /);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("base-uri 'none'");
  // Images and audio of samples, which the page has in its memory, and nothing else.
  const media = path === '/' ? policy.replace("img-src 'self' blob:;", '').replace('media-src blob:', '') : policy;
  expect(media).not.toMatch(/unsafe|\*|https?:|data:|blob:/);
  expect(answer.headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  });
  for (const tell of ['server', 'x-powered-by']) expect(answer.headers).not.toHaveProperty(tell);
  if (/html/.test(String(answer.headers['content-type'])))
    expect(policy).toContain("script-src 'self'; style-src 'self'");
  else expect(policy).not.toContain('script-src');
  return answer;
}

test.each(operations.map(({ method, path }) => [method.toUpperCase(), path]))(
  'an answer to %s %s has the security headers',
  async (method, path) => {
    await expectGuarded(endless.has(path) ? 'HEAD' : method, fill(path));
    if (method === 'GET') await expectGuarded('HEAD', fill(path), { accept: 'text/html' });
  },
);

describe('security headers', () => {
  test.each<[number, string, string, Record<string, string>?, string?]>([
    [307, 'GET', '/machines', { accept: 'text/html' }],
    [307, 'GET', '/docs'],
    [304, 'GET', '/queue', { 'if-none-match': '*' }],
    [404, 'GET', '/nowhere'],
    [404, 'GET', '/jobs/%3Cscript%3E'],
    [405, 'PUT', '/queue'],
    [413, 'POST', '/evaluate', { 'content-length': '2000000' }, ' '.repeat(2_000_000)],
    [415, 'POST', '/queue/pause', { 'content-type': 'text/plain' }, 'x'],
    [416, 'GET', '/jobs/{job_id}/log', { range: 'bytes=99999999-' }],
    [421, 'GET', '/queue', { host: 'evil.example' }],
    [403, 'GET', '/queue', { origin: 'https://evil.example' }],
    [422, 'POST', '/evaluate', { 'content-type': 'application/json' }, '{"model":"<script>alert(1)</script>"}'],
    [400, 'GET', '/queue', { host: 'a b' }],
  ])('the security headers are on a %i of %s %s', async (status, method, path, headers, body) => {
    expect((await expectGuarded(method, fill(path), headers, body)).status).toBe(status);
  });

  test('files of runs have headers by which no page may show them', async () => {
    const { json } = await expectGuarded('GET', `/jobs/${jobId}/artifacts`);
    const [file] = Object(json).files;
    for (const path of [`artifacts/${file.path}`, 'log', 'log?raw=1', 'log?tail=1']) {
      const { headers, status } = await expectGuarded('GET', `/jobs/${jobId}/${path}`);
      expect(status, path).toBe(200);
      expect(headers['content-security-policy'], path).toContain('sandbox');
    }
  });
});
