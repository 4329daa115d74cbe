import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { operations } from '../../src/http/app.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { type TokensFile, tokensFile } from '../support/server/tokens.ts';

const send = (page: Page) => page.getByRole('button', { name: 'Send' }).click();
const statusOf = (page: Page) => page.locator('.api-said');
/** The browser itself says on its console that the first answer was 401, before the token was entered, and which were 404. */
const unlessRefused = (complaints: string[]) => complaints.filter((text) => !/status of 40[14]/.test(text));
const answerOf = (page: Page) => page.getByRole('region', { name: 'Answer', exact: true });

describeWith(chromium, 'the view API', () => {
  let server: TestServer;
  let browser: Browser;
  let pictures: string;
  let tokens: TokensFile;
  let clean: () => Promise<void>;
  beforeAll(async () => {
    tokens = await tokensFile({ onTestFinished: (given) => (clean = given) }, { alice: 'admin', bob: 'read' });
    [server, browser, pictures] = await Promise.all([
      startServer({ flags: ['--tokens', tokens.file] }),
      launchBrowser(),
      mkdtemp(join(tmpdir(), 'evald-api-')),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await clean?.();
    console.log(`pictures of the page: ${pictures}`);
  });

  async function open(operation?: string, name = 'alice') {
    const path = operation === undefined ? '/api' : `/api?operation=${operation}`;
    const opened = await openPage(browser, server, path, { token: tokens.tokenOf(name) });
    await opened.page.locator('.api-one').waitFor();
    return opened;
  }

  test('API shows every operation in its group, and each with its role, fields, answers, headers and examples', async () => {
    const { page, complaints, close } = await open();
    for (const { tag, method, path } of operations) {
      const group = page.getByRole('region', { name: tag, exact: true });
      await group.getByRole('link', { name: `${method.toUpperCase()} ${path}`, exact: true }).waitFor();
    }
    await page.getByRole('link', { name: 'POST /evaluate', exact: true }).click();
    expect(new URL(page.url()).hash).toBe('#/api?operation=submitJob');
    const submit = await page.locator('.api-one').textContent();
    for (const text of [
      'role submit',
      'num_gpus',
      'integer 1…1024',
      '401',
      'WWW-Authenticate',
      '503',
      'Retry-After',
      'Idempotency-Key',
    ]) {
      expect(submit).toContain(text);
    }
    expect(submit).toContain('"message": "Job queued successfully. Position in queue: 0"');
    expect(await page.getByLabel('Body, JSON').inputValue()).toContain('"model": "qwen2_5_vl"');
    await page.screenshot({ path: join(pictures, 'api.png'), fullPage: true });
    expect(unlessRefused(complaints)).toEqual([]);
    await close();
  });

  test('API finds operations by a text, which its address keeps', async () => {
    const { page, close } = await open();
    await page.getByLabel('Find an operation').fill('priority');
    const links = page.getByRole('navigation', { name: 'Operations' }).getByRole('link');
    await expect.poll(() => links.allTextContents()).toEqual(['PATCH /jobs/{job_id}']);
    expect(new URL(page.url()).hash).toBe('#/api?find=priority');
    await page.getByLabel('Find an operation').fill('nothing like it');
    await page.getByText('No operation has “nothing like it”.').waitFor();
    await close();
  });

  test('API sends what is filled in with the token of the session, and shows the answer', async () => {
    const { page, close } = await open('submitJob');
    await page.getByLabel('Body, JSON').fill('{"model": "majority", "tasks": ["demo_digits"], "limit": 2}');
    const asked = page.waitForRequest(/\/evaluate$/);
    await send(page);
    expect((await (await asked).allHeaders())['authorization']).toBe(`Bearer ${tokens.tokenOf('alice')}`);
    await expect.poll(() => statusOf(page).textContent()).toBe('200 OK');
    const answer = JSON.parse((await answerOf(page).textContent()) ?? '');
    expect(answer).toMatchObject({ status: 'queued' });

    await page.getByRole('link', { name: 'GET /jobs/{job_id}', exact: true }).click();
    await page.getByRole('textbox', { name: 'job_id' }).fill(answer.job_id);
    await page.getByRole('textbox', { name: 'wait' }).fill('60');
    await send(page);
    await expect.poll(() => answerOf(page).textContent()).toMatch('"completed"');
    await close();
  });

  test('API sends what changes something once, however often it is clicked', async () => {
    const { page, close } = await open('submitJob');
    await page
      .getByLabel('Body, JSON')
      .fill('{"model": "majority", "tasks": ["demo_digits"], "labels": {"run": "twice"}}');
    await page.getByRole('button', { name: 'Send' }).dblclick();
    await expect.poll(() => statusOf(page).textContent()).toBe('200 OK');
    const { jobs } = await createClient({ server: server.url, token: tokens.tokenOf('alice') }).jobs({
      label: 'run:twice',
    });
    expect(jobs).toHaveLength(1);
    await close();
  });

  test('API writes the same request for curl, without the token, and with quotes that a shell reads back', async () => {
    const { page, close } = await open('submitJob');
    await page.getByLabel('Body, JSON').fill(`{"model": "it's"}`);
    await page.getByRole('button', { name: 'As curl' }).click();
    const curl = await page.locator('.command code').textContent();
    expect(curl).toBe(
      `curl -s -X POST ${server.url}/evaluate -H "Authorization: Bearer $EVALD_TOKEN" -H 'content-type: application/json' -d '{"model": "it'\\''s"}'`,
    );
    expect(await page.content()).not.toContain(tokens.tokenOf('alice'));
    await close();
  });

  test('API shows a stream as it comes, until it is stopped', async () => {
    const { page, close } = await open('followTransitions');
    await send(page);
    await expect.poll(() => answerOf(page).textContent()).toMatch(/^event: live/m);
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => statusOf(page).textContent()).toBe('Stopped.');
    await close();
  });

  test('API lets a token try only what it may, and says what the rest takes', async () => {
    const { page, complaints, close } = await open('pauseQueue', 'bob');
    await page.getByText('It takes the role admin; bob has read.').waitFor();
    expect(await page.getByRole('button', { name: 'Send' }).count()).toBe(0);
    await page.getByRole('link', { name: 'GET /queue', exact: true }).click();
    await send(page);
    await expect.poll(() => statusOf(page).textContent()).toBe('200 OK');
    expect(unlessRefused(complaints)).toEqual([]);
    await close();
  });

  test('API shows what it is answered as text, whatever it is', async () => {
    const { page, complaints, close } = await open('showJob');
    await page.getByRole('textbox', { name: 'job_id' }).fill('<img src=x onerror=alert(1)>/../‮x');
    await send(page);
    await expect.poll(() => statusOf(page).textContent()).toMatch(/^404 Not Found/);
    expect(await answerOf(page).textContent()).toContain('<img src=x onerror=alert(1)>');
    expect(await page.locator('img').count()).toBe(0);
    expect(unlessRefused(complaints)).toEqual([]);
    await close();
  });

  test('API says that there is no such operation', async () => {
    const { page, close } = await open('nosuch');
    await page.getByText('There is no operation nosuch.').waitFor();
    await close();
  });

  test.each([360, 390, 1400, 3840])('API is as wide as the window: %s', async (width) => {
    for (const operation of ['', '?operation=submitJob', '?operation=listJobs']) {
      const { page, close } = await openPage(browser, server, `/api${operation}`, {
        token: tokens.tokenOf('alice'),
        viewport: { width, height: 844 },
        colorScheme: 'dark',
      });
      await page.locator('.api-one').waitFor();
      await page.screenshot({ path: join(pictures, `${width}-${operation.slice(11) || 'about'}.png`) });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
      await close();
    }
  });
});

describeWith(chromium, 'the old addresses', () => {
  test.each([
    ['/docs', '#/api'],
    ['/machines', '#/charts'],
    ['/machines?job=abc', '#/charts?job=abc'],
  ])('the old address %s leads a browser to %s', async (path, hash) => {
    const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    try {
      const page = await browser.newPage();
      await page.goto(server.url + path);
      await page.getByRole('banner').waitFor();
      expect(page.url()).toBe(`${server.url}/${hash}`);
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});
