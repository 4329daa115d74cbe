import { networkInterfaces } from 'node:os';
import { afterEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { submit } from './support/jobs/client.ts';
import { runNode } from './support/server/runMain.ts';
import { startServer, type TestServer } from './support/server/server.ts';
import { eventually } from './support/waiting/eventually.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function startInspected(): Promise<{ url: string; inspector: URL }> {
  server = await startServer({ flags: ['--inspect'] });
  const [, page] = /the inspector is at (http:\S+)/.exec(server.log()) ?? [];
  if (page === undefined) throw new Error(`no inspector in the log: ${server.log()}`);
  return { url: server.url, inspector: new URL(page) };
}

/** What a WebSocket is told, or why it was refused. */
function listenTo({ host, pathname }: URL, options: { origin?: string } = {}) {
  const messages: { type: string; name?: string }[] = [];
  const socket = new WebSocket(`ws://${host}${pathname}`, options);
  const refused = new Promise<string>((resolve) => socket.once('error', ({ message }) => resolve(message)));
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  return { messages, refused, send: (text: string) => socket.send(text), close: () => socket.terminate() };
}

test('--inspect shows the actors of a running server', async () => {
  const { url, inspector } = await startInspected();
  const page = await (await fetch(inspector)).text();
  expect(page).toContain('https://stately.ai/inspect');

  const { messages, close } = listenTo(inspector, { origin: inspector.origin });
  const jobId = await submit(url, { model: 'majority', tasks: ['demo_digits'], limit: 2 });
  const names = () => messages.filter(({ type }) => type === '@xstate.actor').map(({ name }) => name);
  await eventually(
    () => names().includes('scheduler') && names().includes(jobId) && names().includes(`runner:${jobId}`),
  );
  close();
});

test('--inspect is for this machine alone, and for no page of another site', async () => {
  const { inspector } = await startInspected();
  expect(inspector.hostname).toBe('127.0.0.1');
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal);
  for (const { address } of outer) await expect(fetch(`http://${address}:${inspector.port}`)).rejects.toThrow();

  const foreign = listenTo(inspector, { origin: 'https://example.com' });
  expect(await foreign.refused).toContain('401');
});

test('--inspect shows nothing without the secret in its address, nothing of callback_url, and accepts nothing from clients', async () => {
  const { url, inspector } = await startInspected();
  const bare = new URL('/', inspector);
  expect((await fetch(bare)).status).toBe(404);
  expect(await listenTo(bare).refused).toContain('401');

  const reader = listenTo(inspector);
  const writer = listenTo(inspector, { origin: inspector.origin });
  await eventually(() => writer.messages.length > 0 && reader.messages.length > 0);
  writer.send(JSON.stringify({ type: 'planted' }));
  await fetch(`${url}/evaluate`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'majority', tasks: ['demo_digits'], limit: 2, model_args: { api_key: 'planted-model-key' } },
      callback_url: 'https://hooks.example.org/evals?token=planted-in-query',
    }),
  });
  await eventually(() => JSON.stringify(reader.messages).includes('hooks.example.org'));
  await eventually(async () => (await (await fetch(`${url}/queue`)).text()).includes('"completed_jobs":1'));
  const seen = JSON.stringify(reader.messages);
  expect(seen).not.toContain('planted');
  expect(seen).toContain('token=***');
  reader.close();
  writer.close();
});

test('without its packages --inspect ends the command with exit code 1 and one line', async () => {
  const hook = new URL('./fixtures/without-inspector.mjs', import.meta.url).pathname;
  const main = new URL('../src/main.ts', import.meta.url).pathname;
  const { code, stdout, stderr } = await runNode(['--import', hook, main, '--inspect', '--port', '0']);
  expect(stderr).toBe(
    'evald: --inspect needs packages that are not installed: npm install --save-dev @statelyai/inspect ws\n',
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
