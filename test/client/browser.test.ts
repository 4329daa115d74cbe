import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chromium, describeWith } from '../support/needs.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { complaintsOf, launchBrowser } from '../support/server/browser.ts';
import { startServer } from '../support/server/server.ts';

const root = new URL('../../', import.meta.url).pathname;

const page = `<!doctype html><link rel="icon" href="data:,"><script type="importmap">{"imports": {
  "zod": "/node_modules/zod/index.js", "eventsource-parser": "/node_modules/eventsource-parser/dist/index.js"
}}</script>`;

/** The sources as a page gets them: without types. */
function sourceOf(path: string): string {
  const text = readFileSync(join(root, path), 'utf8');
  return path.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
}

describeWith(chromium, 'a real browser', () => {
  test('submits, follows, waits and reads errors by the client, from a page that came without TLS', async () => {
    const { port } = await startReceiver({
      answer: (response, { url = '/' }) => {
        if (url === '/') response.writeHead(200, { 'content-type': 'text/html' }).end(page);
        else response.writeHead(200, { 'content-type': 'text/javascript' }).end(sourceOf(url));
      },
    });
    const origin = `http://page.example:${port}`;
    const [server, browser] = await Promise.all([
      startServer({ flags: ['--cors-origin', origin, '--allow-host', 'evald.example'] }),
      launchBrowser('--host-resolver-rules=MAP *.example 127.0.0.1'),
    ]);
    onTestFinished(async () => {
      await browser.close();
      await server.stop();
    });
    const opened = await browser.newPage();
    const complaints = complaintsOf(opened);
    await opened.goto(origin);
    const address = server.url.replace('127.0.0.1', 'evald.example');
    const seen = await opened.evaluate(`(async () => {
      const { ClientError, createClient } = await import('/src/client/index.ts');
      const client = createClient({ server: ${JSON.stringify(address)} });
      const { job_id: id } = await client.submit({ model: 'majority', tasks: ['demo_digits'], limit: 5 });
      const types = [];
      for await (const item of client.events({ job: id })) types.push(item.type);
      const { met, jobs } = await client.wait(id);
      let log = '';
      for await (const text of client.followLog(id)) log += text;
      const codes = [];
      const away = createClient({ server: 'http://evald.example:1' });
      for (const call of [() => client.job('nope'), () => away.queue()]) {
        codes.push(await call().catch((error) => error instanceof ClientError && error.code));
      }
      return { types, met, n: jobs[0].metrics.demo_digits.acc.n, hasLog: log.includes('demo'), codes };
    })()`);
    expect(seen).toEqual({
      types: ['submitted', 'started', 'launched', 'completed'],
      met: true,
      n: 5,
      hasLog: true,
      codes: ['notFound', 'unreachable'],
    });
    // What a browser says of the two requests that fail, and nothing else.
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
  });
});
