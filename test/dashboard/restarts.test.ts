import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { removeFolder } from '../support/files/removeFolder.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { openPage } from '../support/server/page.ts';
import { startServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

describeWith(chromium, 'a page that stays open', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  /** A server that can be ended and started again at the same address. */
  async function restartable() {
    const dataDir = await mkdtemp(join(tmpdir(), 'evald-page-'));
    const [port = 0] = await freePorts(1);
    const start = () => startServer({ dataDir, flags: ['--port', String(port), '--on-shutdown', 'leave'] });
    let server = await start();
    onTestFinished(async () => {
      await server.stop();
      await removeFolder(dataDir);
    });
    return {
      url: server.url,
      kill: () => server.kill(),
      restart: async () => {
        server = await start();
      },
    };
  }

  test('the page says as of when it is while its server is killed, and shows what happened meanwhile when there is one again', async () => {
    const server = await restartable();
    const { page, close } = await openPage(browser, server);
    const ended = page.getByRole('region', { name: 'Ended last' });
    await endedJob(server.url, await submit(server.url, quick));
    await ended.getByText(/ ± /).waitFor();

    await server.kill();
    await page.getByText(/as of \d\d:\d\d:\d\d, reconnecting/).waitFor();
    // What was known is still there to be read.
    expect(await ended.getByText(/ ± /).count()).toBe(1);

    await server.restart();
    const missed = await submit(server.url, { ...quick, model: 'nearest-template' });
    await page.getByText('0 running, 0 queued').waitFor();
    await ended.getByText(missed.slice(0, 8)).waitFor();
    const next = await submit(server.url, { ...quick, model: 'random' });
    await ended.getByText(next.slice(0, 8)).waitFor();
    await close();
  });

  test('the page that finds no network says so, and goes on by itself when there is one again', async () => {
    const server = await restartable();
    const { page, close } = await openPage(browser, server);
    await page.context().setOffline(true);
    await page.getByText(/as of .*, reconnecting/).waitFor();
    const missed = await submit(server.url, quick);
    await endedJob(server.url, missed);
    await page.context().setOffline(false);
    await page.getByRole('region', { name: 'Ended last' }).getByText(missed.slice(0, 8)).waitFor();
    await page.getByText('0 running, 0 queued').waitFor();
    await close();
  });

  test('the page that was opened before its server answers connects when it does', async () => {
    const server = await restartable();
    const { page, close } = await openPage(browser, server);
    // The page is there, as from a cache, and the server is not.
    await page.route('**/caller', (route) => route.abort());
    await page.reload();
    await page.getByText(/cannot be reached/).waitFor();
    await page.unroute('**/caller');
    await page.getByText('0 running, 0 queued').waitFor();
    await close();
  });

  test('a view that a fault of the page keeps from being drawn says so, and the others are there', async () => {
    const server = await restartable();
    await endedJob(server.url, await submit(server.url, quick));
    const { page, close } = await openPage(browser, server, '/api');
    await page.evaluate('Date.prototype.toLocaleString = () => { throw new Error("no times today"); }');
    await page.getByRole('link', { name: 'Now', exact: true }).click();
    await page.getByText('This view cannot be shown, by a fault of the page: no times today').waitFor();
    await page.getByRole('link', { name: 'Charts', exact: true }).click();
    await page.getByText('Transitions').waitFor();
    await close();
  });
});
