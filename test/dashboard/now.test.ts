import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const endless = { ...quick, model_args: { delay: 3600, pretrained: '/ckpt/run7/step-12000' } };

describeWith(chromium, 'the view Now', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ flags: ['--gpus', '0,1'] }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('Now shows a newcomer the command that submits a first evaluation, then what runs, waits and has ended, as it happens', async () => {
    const { page, complaints, close } = await openPage(browser, server);
    await page.getByText('evald submit').waitFor();
    await page.getByText('Nothing waits.').waitFor();

    const failed = await submit(server.url, { ...quick, model: 'nosuch' });
    await endedJob(server.url, failed);
    const completed = await submit(server.url, quick);
    await endedJob(server.url, completed);
    const ended = page.getByRole('region', { name: 'Ended last' });
    await ended.getByText("Model 'nosuch' not found").waitFor();
    await ended.getByText(/^\d\.\d{3} ± \d\.\d{3}$/).waitFor();

    const running = await submit(server.url, { ...endless, num_gpus: 2 });
    const waiting = await submit(server.url, { ...endless, num_gpus: 1, priority: 3 });
    const runs = page.getByRole('region', { name: /^Running/ });
    await runs.getByRole('link', { name: 'run7/step-12000' }).waitFor();
    await page.getByRole('region', { name: 'Devices' }).getByText(running.slice(0, 8)).first().waitFor();
    const queue = page.getByRole('region', { name: /^Queue/ });
    await queue.getByText(waiting.slice(0, 8)).waitFor();
    await queue.getByText('priority 3').waitFor();

    await queue.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel this job' }).click();
    await page.getByText('Nothing waits.').waitFor();
    expect((await endedJob(server.url, waiting)).status).toBe('cancelled');
    // The button is gone that had the focus before it was asked.
    expect(await page.evaluate<string>('document.activeElement.id')).toBe('main');

    await jobWhen(server.url, running, ({ progress }) => progress !== null);
    await runs.getByRole('progressbar').waitFor();
    await runs.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Stop this job' }).click();
    await page.getByText('Nothing runs').waitFor();
    expect(await endedJob(server.url, running)).toMatchObject({ status: 'failed', failure_kind: 'stopped' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('what has ended last is shown behind a queue of any length', async () => {
    const busy = await startServer({ flags: ['--max-queue', '100'] });
    onTestFinished(async () => void (await busy.stop()));
    const first = await submit(busy.url, quick);
    await endedJob(busy.url, first);
    for (let number = 0; number < 45; number++) await submit(busy.url, endless);
    const { page, close } = await openPage(browser, busy);
    await page.getByRole('region', { name: 'Ended last' }).getByText(first.slice(0, 8)).waitFor();
    await close();
  });

  test('what has ended before the events are followed, or while the page is not seen, is shown when they are', async () => {
    const quiet = await startServer();
    onTestFinished(async () => void (await quiet.stop()));
    const context = await browser.newContext();
    const page = await context.newPage();
    const { promise: held, resolve: letThrough } = Promise.withResolvers<void>();
    await page.route(/\/events/, async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(quiet.url);
    await page.getByText('No evaluation has ended yet.').waitFor();
    const first = await submit(quiet.url, quick);
    await endedJob(quiet.url, first);
    const ended = page.getByRole('region', { name: 'Ended last' });
    expect(await ended.getByText(first.slice(0, 8)).count()).toBe(0);
    letThrough();
    await ended.getByText(first.slice(0, 8)).waitFor();

    const look = (isHidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isHidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`);
    const left = page.waitForEvent('requestfailed', (request) => /\/events/.test(request.url()));
    await look(true);
    await left;
    const second = await submit(quiet.url, quick);
    await endedJob(quiet.url, second);
    expect(await ended.getByText(second.slice(0, 8)).count()).toBe(0);
    await look(false);
    await ended.getByText(second.slice(0, 8)).waitFor();
    await context.close();
  });

  test('a caller that may pauses the queue and resumes it, and a caller that may not is offered neither', async () => {
    const tokens = await tokensFile({ onTestFinished }, { alice: 'admin', bob: 'submit' });
    const guarded = await startServer({ flags: ['--tokens', tokens.file] });
    onTestFinished(async () => void (await guarded.stop()));
    const alice = await openPage(browser, guarded, '/now', { token: tokens.tokenOf('alice') });
    const bob = await openPage(browser, guarded, '/now', { token: tokens.tokenOf('bob') });
    await alice.page.getByRole('button', { name: 'Pause' }).click();
    // The other page sees it by itself, the next time that it looks.
    for (const { page } of [alice, bob]) await page.getByText('The queue is paused').waitFor();
    expect(await bob.page.getByRole('button', { name: /Pause|Resume/ }).count()).toBe(0);
    await alice.page.getByRole('button', { name: 'Resume' }).click();
    await alice.page.getByText('The queue is paused').waitFor({ state: 'detached' });
    await alice.page.getByRole('button', { name: 'Pause' }).waitFor();
    expect([...alice.complaints, ...bob.complaints].filter((text) => !text.includes('401'))).toEqual([]);
    await Promise.all([alice.close(), bob.close()]);
  });
});
