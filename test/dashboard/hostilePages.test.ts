import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { machineNames } from '../../src/schemas/server/machines.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { startReceiver } from '../support/requests/receiver.ts';
import { complaintsOf, launchBrowser } from '../support/server/browser.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { eventually } from '../support/waiting/eventually.ts';

describeWith(chromium, 'a real browser', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    // Names that lead to this machine, as a foreign name server may say of any.
    [server, browser] = await Promise.all([
      startServer(),
      launchBrowser('--host-resolver-rules=MAP *.example 127.0.0.1'),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  async function open(url: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage();
    onTestFinished(() => page.close());
    const complaints = complaintsOf(page);
    await page.goto(url);
    return { page, complaints };
  }

  const jobs = async (): Promise<number> => Object(await (await fetch(`${server.url}/jobs`)).json()).jobs.length;

  /** A page of another site, under a name of theirs. */
  async function openHostile(html: string) {
    const { port } = await startReceiver({
      answer: (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(html),
    });
    return open(`http://evil.example:${port}/`);
  }

  const work = JSON.stringify({ model: 'majority', tasks: ['demo_digits'], limit: 1 });

  test('a browser shows the interface, which sends what is filled in, and breaks none of our rules', async () => {
    const { page, complaints } = await open(`${server.url}/#/api?operation=submitJob`);
    await page.getByLabel('Body, JSON').fill(work);
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('region', { name: 'Answer', exact: true }).getByText('Job queued successfully').waitFor();
    expect(complaints).toEqual([]);
  });

  test.each([...machineNames, 'system'])('a browser shows the drawing %s in its own style', async (name) => {
    const { page, complaints } = await open(`${server.url}/machines/${name}.svg`);
    expect(await page.evaluate<string>('getComputedStyle(document.documentElement).fontFamily')).toContain('Segoe UI');
    expect(complaints).toEqual([]);
  });

  test('a browser runs nothing of what a run has written', async () => {
    const jobId = await submit(server.url, JSON.parse(work));
    const { log } = await endedJob(server.url, jobId);
    const script = `fetch('/queue/pause', { method: 'POST' }); document.title = 'run'`;
    const folder = dirname(String(log));
    await writeFile(join(folder, 'page.html'), `<script>${script}</script>`);
    await writeFile(
      join(folder, 'picture.svg'),
      `<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`,
    );
    await writeFile(join(folder, 'notes.txt'), `<script>${script}</script>`);
    for (const file of ['page.html', 'picture.svg', 'notes.txt']) {
      const page = await browser.newPage();
      const url = `${server.url}/jobs/${jobId}/artifacts/${file}`;
      const saved = page.waitForEvent('download');
      await expect(page.goto(url)).rejects.toThrow('Download is starting');
      await (await saved).delete();
      const { headers } = await fetch(url);
      expect(headers.get('content-disposition')).toMatch(/^attachment/);
      expect(headers.get('content-security-policy')).toContain('sandbox');
      await page.close();
    }
    const { page } = await open(`${server.url}/jobs/${jobId}/log?raw=1`);
    expect(await page.title()).not.toBe('run');
    expect(await (await fetch(`${server.url}/queue`)).json()).toMatchObject({ paused: false });
  });

  test.each<[name: string, html: (url: string) => string]>([
    [
      'a form with fields',
      (url) => `<form method="post" action="${url}/evaluate"><input name="model" value="m"></form>`,
    ],
    [
      'a form with JSON as plain text',
      (url) =>
        `<form method="post" enctype="text/plain" action="${url}/evaluate"><input name='${work.slice(0, -1)},"x":"' value='"}'></form>`,
    ],
    ['a form that pauses the queue', (url) => `<form method="post" action="${url}/queue/pause"></form>`],
  ])('a browser sends %s, and it is refused', async (_name, html) => {
    const before = await jobs();
    const { page } = await openHostile(html(server.url));
    const answered = page.waitForResponse((response) => response.url().startsWith(server.url));
    await page.evaluate('document.forms[0].submit()');
    const answer = await answered;
    expect(answer.status()).toBe(403);
    expect(await jobs()).toBe(before);
    expect(await (await fetch(`${server.url}/queue`)).json()).toMatchObject({ paused: false });
  });

  test.each([
    [
      'fetch',
      (url: string) =>
        `fetch('${url}/evaluate', { method: 'POST', body: '${work}', headers: { 'content-type': 'application/json' } })`,
    ],
    [
      'a simple fetch',
      (url: string) => `fetch('${url}/evaluate', { method: 'POST', mode: 'no-cors', body: '${work}' })`,
    ],
    ['a beacon', (url: string) => `navigator.sendBeacon('${url}/evaluate', '${work}')`],
    ['a read', (url: string) => `fetch('${url}/jobs').then((answer) => answer.text())`],
    [
      'an image',
      (url: string) =>
        `new Promise((done, fail) => Object.assign(new Image(), { onload: done, onerror: fail, src: '${url}/machines/job.svg' }))`,
    ],
    [
      'an event stream',
      (url: string) =>
        `new Promise((done, fail) => Object.assign(new EventSource('${url}/events'), { onopen: done, onerror: fail }))`,
    ],
  ])('a browser sends %s of a hostile page, and that gets nothing', async (_name, script) => {
    const before = await jobs();
    const { page } = await openHostile('<p>hello</p>');
    const got = await page.evaluate<string>(
      `Promise.resolve(${script(server.url)}).then((got) => got instanceof Response ? got.type + got.status : String(got), () => 'refused')`,
    );
    // What is opaque is not read, and a beacon says only that it was sent.
    expect(got).toMatch(/^(refused|opaque0|true)$/);
    expect(await jobs()).toBe(before);
  });

  test.each(['/', '/machines', '/docs', '/machines/job.svg'])(
    'a browser shows %s in no page of another',
    async (path) => {
      const { page } = await openHostile(`<iframe src="${server.url}${path}"></iframe>`);
      const [, frame] = page.frames();
      await eventually(() => frame?.url().startsWith('chrome-error:'));
    },
  );

  test('a browser is led to the server by a name of another site, and that reads nothing', async () => {
    const { port } = new URL(server.url);
    const { page } = await open(`http://rebound.example:${port}/jobs`);
    expect(await page.textContent('body')).toContain('not known as rebound.example');
  });
});
