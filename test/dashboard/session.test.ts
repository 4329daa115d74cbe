import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { chromium, describeWith } from '../support/needs.ts';
import { complaintsOf, launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { type TokensFile, tokensFile } from '../support/server/tokens.ts';

describeWith(chromium, 'the session of the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  async function start(): Promise<{ server: TestServer; tokens: TokensFile }> {
    const tokens = await tokensFile({ onTestFinished }, { alice: 'read', carol: 'admin' });
    const server = await startServer({ flags: ['--tokens', tokens.file] });
    onTestFinished(async () => void (await server.stop()));
    return { server, tokens };
  }

  const form = (page: Page) => page.getByRole('button', { name: 'Sign in' });

  async function enter(page: Page, token: string): Promise<void> {
    await page.getByLabel('Token').fill(token);
    await form(page).click();
  }

  /** What the browser keeps, and shows, apart from the storage of the tab. */
  const keptElsewhere = (page: Page) =>
    page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, document.cookie, location.href, history.state, document.body.innerHTML, document.title])',
    );

  test.each(['/', '/#/charts', '/#/api', '/docs'])(
    'the page at %s asks for a token by a form of its own, never by the dialogue of the browser, and then shows what was asked for',
    async (path) => {
      const { server, tokens } = await start();
      const page = await browser.newPage();
      const complaints = complaintsOf(page);
      // A browser without a window fails here when it would ask by its own dialogue.
      expect((await page.goto(server.url + path))?.status()).toBe(200);
      await form(page).waitFor();
      expect(await page.getByRole('banner').count()).toBe(0);
      await enter(page, tokens.tokenOf('alice'));
      await page.getByRole('banner').waitFor();
      const view = path === '/' ? 'now' : path === '/docs' ? 'api' : path.slice(3);
      await page.locator(`main.view-${view}`).waitFor();
      // The browser itself says on its console that an answer was 401.
      expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
      await page.close();
    },
  );

  test('the token is kept in the storage of the tab alone, through a reload, and is gone with the tab', async () => {
    const { server, tokens } = await start();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${server.url}/#/charts`);
    const token = tokens.tokenOf('alice');
    await enter(page, token);
    await page.getByRole('banner').waitFor();
    expect(await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')).toContain(token);
    expect(await keptElsewhere(page)).not.toContain(token);
    await page.reload();
    await page.getByRole('banner').waitFor();
    await page.close();
    const next = await context.newPage();
    await next.goto(`${server.url}/#/charts`);
    await form(next).waitFor();
    await context.close();
  });

  test.each([
    ['a wrong one', 'evald_wrong', /token/i],
    ['one that no header can carry', 'tök en', /visible ASCII/],
  ])('the page says that a token is none: %s', async (_name, token, reason) => {
    const { server } = await start();
    const page = await browser.newPage();
    await page.goto(server.url);
    await enter(page, token);
    expect(await page.getByRole('alert').textContent()).toMatch(reason);
    expect(await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')).not.toContain(token);
    await page.close();
  });

  test('the page asks for a token again when the one it has is revoked while it is open', async () => {
    const { server, tokens } = await start();
    const { page, close } = await openPage(browser, server, '/charts', { token: tokens.tokenOf('alice') });
    await page.locator('.stage').waitFor();
    await tokens.write({ carol: 'admin' });
    server.process.kill('SIGHUP');
    await page.getByText('This token is no longer good.').waitFor();
    expect(await page.getByRole('banner').count()).toBe(0);
    expect(await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')).not.toContain(tokens.tokenOf('alice'));
    await enter(page, tokens.tokenOf('carol'));
    await page.locator('main.view-charts').waitFor();
    await close();
  });

  test('the page shows whose token it has and its role, and forgets it when its reader signs out', async () => {
    const { server, tokens } = await start();
    const { page, close } = await openPage(browser, server, '/now', { token: tokens.tokenOf('alice') });
    const banner = page.getByRole('banner');
    await banner.getByText('alice').waitFor();
    await banner.getByText('read', { exact: true }).waitFor();
    // What only submits is not offered to a token that only reads.
    expect(await banner.getByRole('link', { name: 'New' }).count()).toBe(0);
    await page.keyboard.press('?');
    const keys = page.getByRole('dialog', { name: 'Keys' });
    await keys.waitFor();
    expect(await keys.getByText('Submit an evaluation').count()).toBe(0);
    await page.keyboard.press('Escape');
    await banner.getByRole('button', { name: 'Sign out' }).click();
    await form(page).waitFor();
    expect(await page.evaluate<string>('JSON.stringify({ ...sessionStorage })')).toBe('{}');
    await page.reload();
    await form(page).waitFor();
    await enter(page, tokens.tokenOf('carol'));
    await banner.getByText('admin', { exact: true }).waitFor();
    await banner.getByRole('link', { name: 'New' }).waitFor();
    await close();
  });

  test('a token that was typed while the server was away is tried again, and not forgotten', async () => {
    const { server, tokens } = await start();
    const page = await browser.newPage();
    await page.goto(server.url);
    await form(page).waitFor();
    await page.route('**/caller', (route) => route.abort());
    await enter(page, tokens.tokenOf('alice'));
    await page
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor();
    await page.unroute('**/caller');
    await page.getByRole('banner').getByText('alice').waitFor();
    await page.close();
  });

  test('after too many wrong tokens the page says how long to wait, and tries none by itself', async () => {
    const { server } = await start();
    const page = await browser.newPage();
    await page.goto(server.url);
    const wrong = { headers: { authorization: 'Bearer evald_wrong' } };
    for (let times = 0; times < 10; times++) await fetch(`${server.url}/queue`, wrong);
    const attempt = async () => {
      const answered = page.waitForResponse(/\/caller$/);
      await enter(page, 'evald_wrong');
      return (await answered).status();
    };
    // Each is followed by a longer time in which the next one has to wait.
    await expect.poll(attempt).toBe(429);
    await page
      .getByRole('alert')
      .getByText(/too many wrong ones came from this address. Try again in \d+ s/)
      .waitFor();
    await form(page).waitFor();
    await page.close();
  });

  test('the page of an open server asks for no token, and shows no name', async () => {
    const server = await startServer();
    onTestFinished(async () => void (await server.stop()));
    const { page, complaints, close } = await openPage(browser, server, '/now');
    expect(await page.getByRole('button', { name: 'Sign out' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });
});
