import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { operations } from '../../src/http/app.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { complaintsOf, launchBrowser } from '../support/server/browser.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const token = 'a-token-of-an-admin-0123456789';
const statusIn = (page: Page, id: string) => page.locator(`#${id} .status`);

describeWith(chromium, 'the page of the interface', () => {
  let server: TestServer;
  let browser: Browser;
  let pictures: string;
  beforeAll(async () => {
    [server, browser, pictures] = await Promise.all([
      startServer({ env: { EVALD_TOKEN: token } }),
      launchBrowser(),
      mkdtemp(join(tmpdir(), 'evald-docs-')),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    console.log(`pictures of the page: ${pictures}`);
  });

  async function open(password = token): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ httpCredentials: { username: 'me', password } });
    const complaints = complaintsOf(page);
    await page.goto(`${server.url}/docs`);
    await page.waitForSelector('details.operation');
    return { page, complaints };
  }

  test('the page of the interface shows every operation in its group, with its role, answers, headers and examples', async () => {
    const { page, complaints } = await open();
    for (const { id, tag, path, role } of operations) {
      const summary = page.locator(`#${tag} #${id} > summary`);
      expect(await summary.textContent()).toContain(path);
      expect(await summary.locator('.role').textContent()).toBe(role);
    }
    const submit = await page.locator('#submitJob').textContent();
    for (const words of [
      'num_gpus',
      'integer 1…1024',
      '401',
      'WWW-Authenticate',
      '503',
      'Retry-After',
      'Idempotency-Key',
    ]) {
      expect(submit).toContain(words);
    }
    expect(submit).toContain('"message": "Job queued successfully. Position in queue: 0"');
    expect(await page.locator('#submitJob textarea').inputValue()).toContain('"model": "qwen2_5_vl"');
    await page.locator('#submitJob > summary').click();
    await page.screenshot({ path: join(pictures, 'docs.png'), fullPage: true });
    expect(complaints).toEqual([]);
    await page.close();
  });

  test('the page of the interface sends what is filled in, and shows the answer', async () => {
    const { page } = await open();
    await page.locator('#submitJob > summary').click();
    await page.locator('#submitJob textarea').fill('{"model": "majority", "tasks": ["demo_digits"], "limit": 2}');
    await page.locator('#submitJob form > button', { hasText: 'Send' }).click();
    await expect.poll(() => statusIn(page, 'submitJob').textContent()).toBe('200 OK');
    const answer = JSON.parse((await page.locator('#submitJob form > pre').textContent()) ?? '');
    expect(answer).toMatchObject({ status: 'queued' });

    await page.locator('#showJob > summary').click();
    await page.locator('#showJob input[name=job_id]').fill(answer.job_id);
    await page.locator('#showJob input[name=wait]').fill('60');
    await page.locator('#showJob form > button', { hasText: 'Send' }).click();
    await expect
      .poll(() => page.locator('#showJob form > pre').textContent(), { timeout: 60_000 })
      .toMatch('"completed"');
    await page.close();
  });

  test('the page of the interface shows a stream as it comes, until it is stopped', async () => {
    const { page } = await open();
    await page.locator('#followTransitions > summary').click();
    await page.locator('#followTransitions form > button', { hasText: 'Send' }).click();
    await expect.poll(() => page.locator('#followTransitions form > pre').textContent()).toMatch(/^event: live/m);
    await page.locator('#followTransitions form > button', { hasText: 'Stop' }).click();
    await expect.poll(() => statusIn(page, 'followTransitions').textContent()).toBe('Stopped.');
    await page.close();
  });

  describe('the token that is entered', () => {
    test('the token that is entered goes with what is tried, before the one that the browser knows', async () => {
      const { page } = await open();
      const asked = page.waitForRequest(/\/health$/);
      await page.locator('#token').fill('not-a-token-of-anybody');
      await page.locator('#showHealth > summary').click();
      await page.locator('#showHealth form > button', { hasText: 'Send' }).click();
      expect((await (await asked).allHeaders())['authorization']).toBe('Bearer not-a-token-of-anybody');
      await expect.poll(() => statusIn(page, 'showHealth').textContent()).toMatch(/^401/);
      await page.close();
    });

    test('the token that is entered is kept nowhere: it is gone when the page is loaded again', async () => {
      const { page } = await open();
      await page.locator('#token').fill(token);
      const kept = () =>
        page.evaluate<string>(
          'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, location.href])',
        );
      expect(await kept()).not.toContain(token);
      await page.reload();
      await page.waitForSelector('details.operation');
      expect(await page.locator('#token').inputValue()).toBe('');
      expect(await kept()).not.toContain(token);
      await page.close();
    });
  });
});

describeWith(chromium, 'the page of the interface of an open server', () => {
  test('the page of the interface of an open server asks for no token', async () => {
    const [server, browser] = await Promise.all([startServer(), launchBrowser()]);
    try {
      const page = await browser.newPage();
      await page.goto(`${server.url}/docs`);
      await page.waitForSelector('details.operation');
      expect(await page.locator('#access').isVisible()).toBe(false);
    } finally {
      await browser.close();
      await server.stop();
    }
  });
});
