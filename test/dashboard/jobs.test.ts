import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { getJob, submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { freePorts } from '../support/server/freePorts.ts';
import { endless, named, names, quick, row, startFor } from '../support/server/jobsPage.ts';
import { openPage } from '../support/server/page.ts';
import { startServer } from '../support/server/server.ts';

describeWith(chromium, 'the view Jobs', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test('Jobs shows a newcomer a command, then each job with its state and its score, cause or progress, and hostile names as text that overflows nothing', async () => {
    const server = await startFor('--slots', '1');
    const { page, complaints, close } = await openPage(browser, server, '/jobs');
    await page.getByText('No jobs yet').waitFor();
    await page.getByText('evald submit').waitFor();

    const hostile = '<img src=x onerror=alert(1)>';
    const done = await submit(
      server.url,
      named('run7/step-100', { labels: { run: 'r7', note: `\u202e${hostile}${'x'.repeat(150)}` } }),
    );
    await endedJob(server.url, done);
    const failed = await submit(server.url, { ...quick, model: `${hostile}${'m'.repeat(150)}` });
    await endedJob(server.url, failed);
    const running = await submit(server.url, endless('run8/step-200'));
    await submit(server.url, endless('run9/step-300'));
    await jobWhen(server.url, running, ({ progress }) => progress !== null);

    // The first one needs no reader: where there was no row, none is shifted.
    await row(page, 'run7/step-100').waitFor();
    await page.getByRole('button', { name: /new$/ }).click();
    const completed = row(page, 'run7/step-100');
    await completed.getByText('completed').waitFor();
    await completed.getByText(/^\d\.\d{3} ± \d\.\d{3}$/).waitFor();
    await completed.getByText('run=r7').waitFor();
    await row(page, 'run8/step-200').getByRole('progressbar').waitFor();
    await row(page, 'run9/step-300').getByText('next, as soon as a run ends').waitFor();
    const faulty = page.getByRole('article').filter({ has: page.getByText('failed', { exact: true }) });
    await faulty
      .getByText(/not found/)
      .first()
      .waitFor();
    expect(await page.locator('img').count()).toBe(0);

    for (const size of [
      { width: 1400, height: 900 },
      { width: 800, height: 700 },
      { width: 360, height: 700 },
    ]) {
      await page.setViewportSize(size);
      await row(page, 'run8/step-200').waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth'), `${size.width}`).toBe(size.width);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test('the address says which jobs are listed, the search box reads it, and typing leaves one step of history', async () => {
    const server = await startFor('--slots', '2');
    const ids = [
      await submit(server.url, named('a/1', { labels: { run: 'r7' } })),
      await submit(server.url, named('a/2', { labels: { run: 'r8' } })),
      await submit(server.url, { ...quick, model: 'nosuch', labels: { run: 'r7' } }),
    ];
    for (const id of ids) await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, '/jobs?label=run:r7&order=oldest');
    await row(page, 'nosuch').waitFor();
    expect(await names(page)).toEqual(['a/1', 'nosuch']);
    const box = page.getByRole('searchbox', { name: 'Search jobs' });
    expect(await box.inputValue()).toBe('label:run:r7');

    const steps = await page.evaluate('history.length');
    await page.keyboard.press('/');
    await box.pressSequentially('status:completed task:demo_digits model:majority a');
    await row(page, 'a/2').waitFor();
    expect(await names(page)).toEqual(['a/1', 'a/2']);
    const address = () => Object.fromEntries(new URLSearchParams(new URL(page.url()).hash.split('?')[1]));
    await expect.poll(address).toEqual({
      status: 'completed',
      model: 'majority',
      task: 'demo_digits',
      q: 'a',
      order: 'oldest',
    });
    expect(await page.evaluate('history.length')).toBe(steps);

    await page.getByRole('link', { name: 'failed 1' }).click();
    await page.getByText('No job matches').waitFor();
    expect(await box.inputValue()).toBe('status:failed model:majority task:demo_digits a');
    await page.goBack();
    await row(page, 'a/2').waitFor();
    await page.goForward();
    await page.getByRole('button', { name: 'Clear the search' }).last().click();
    await row(page, 'nosuch').waitFor();
    expect(await names(page)).toEqual(['a/1', 'a/2', 'nosuch']);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('Newest first');
    await expect.poll(() => names(page)).toEqual(['nosuch', 'a/2', 'a/1']);

    await box.fill('status:zzz label:run');
    await page.getByText('label: has a name and a value').waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => box.inputValue()).toBe('');
    expect(complaints).toEqual([]);
    await close();
  });

  test('the columns that a reader chooses are there again when the page is opened anew', async () => {
    const server = await startFor();
    const id = await submit(server.url, named('a/1', { priority: 7 }));
    await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, '/jobs');
    await row(page, 'a/1').getByText('Tasks:').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('checkbox', { name: 'Tasks' }).uncheck();
    for (const name of ['Priority', 'Id', 'Waited', 'Node']) await page.getByRole('checkbox', { name }).check();
    await page.getByRole('button', { name: 'Close' }).click();
    for (const isAnew of [false, true]) {
      if (isAnew) await page.reload();
      await row(page, 'a/1').getByText(id.slice(0, 8)).waitFor();
      await row(page, 'a/1')
        .getByText(/^Priority: *7$/)
        .waitFor();
      expect(await row(page, 'a/1').getByText('Tasks:').count()).toBe(0);
    }
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('button', { name: 'Usual columns' }).click();
    await page.getByRole('button', { name: 'Close' }).click();
    await row(page, 'a/1').getByText('Tasks:').waitFor({ state: 'attached' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a job that changes is changed where it stands, and those that come shift no row until the reader wants them', async () => {
    const server = await startFor('--slots', '1');
    const client = createClient({ server: server.url });
    const slow = { model_args: { pretrained: '/ckpt/a/1', delay: 1 }, limit: 1_000 };
    const running = await submit(server.url, named('a/1', slow));
    const waiting = await submit(server.url, endless('a/2', { labels: { run: 'r7' } }));
    await jobWhen(server.url, running, ({ status }) => status === 'running');
    const all = await openPage(browser, server, '/jobs');
    const filtered = await openPage(browser, server, '/jobs?status=queued&label=run:r7');
    await row(all.page, 'a/2').getByText('queued').waitFor();
    await row(filtered.page, 'a/2').waitFor();

    // Progress is no event.
    const bar = row(all.page, 'a/1').getByRole('progressbar');
    await bar.waitFor();
    const percent = () => bar.getAttribute('aria-valuenow').then(Number);
    await expect.poll(percent).toBeGreaterThan(await percent());

    for (const name of ['a/3', 'a/4', 'a/5'])
      await submit(server.url, endless(name, { labels: { run: name === 'a/4' ? 'r7' : 'r8' } }));
    await all.page.getByRole('button', { name: '3 new' }).waitFor();
    // Whether a job belongs here is known to the server alone.
    await filtered.page.getByRole('button', { name: '1 new' }).waitFor();
    expect(await names(all.page)).toEqual(['a/2', 'a/1']);
    await client.stop(running);
    await row(all.page, 'a/1').getByText('failed').waitFor();
    await row(all.page, 'a/2').getByText('running').waitFor();
    await row(filtered.page, 'a/2').getByText('running').waitFor();
    expect(await names(all.page)).toEqual(['a/2', 'a/1']);

    await all.page.getByRole('button', { name: '3 new' }).click();
    await row(all.page, 'a/5').waitFor();
    expect(await names(all.page)).toEqual(['a/5', 'a/4', 'a/3', 'a/2', 'a/1']);
    expect(await all.page.getByRole('button', { name: /new$/ }).count()).toBe(0);
    await filtered.page.getByRole('button', { name: '1 new' }).click();
    await row(filtered.page, 'a/4').waitFor();
    expect(await names(filtered.page)).toEqual(['a/4']);

    const { queued_jobs } = await client.queue();
    await client.act({ action: 'cancel', ids: queued_jobs });
    await row(all.page, 'a/4').getByText('cancelled').waitFor();
    expect((await getJob(server.url, waiting)).status).toBe('running');
    for (const { complaints, close } of [all, filtered]) {
      expect(complaints).toEqual([]);
      await close();
    }
  });

  test('keys go through the list, open and select a job, and are explained', async () => {
    const server = await startFor('--slots', '1');
    for (const name of ['a/1', 'a/2', 'a/3']) await submit(server.url, endless(name));
    const { page, complaints, close } = await openPage(browser, server, '/jobs');
    await row(page, 'a/3').waitFor();
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    for (const text of ['Search', 'The next job', 'The job before', 'Open this job', 'Select this job, or not']) {
      await help.getByText(text, { exact: true }).waitFor();
    }
    await page.keyboard.press('Escape');
    await help.waitFor({ state: 'detached' });

    for (const key of ['j', 'j', 'j', 'k', 'x']) await page.keyboard.press(key);
    const box = row(page, 'a/2').getByRole('checkbox');
    await expect.poll(() => box.isChecked()).toBe(true);
    await page.getByText('1 selected').waitFor();
    await page.keyboard.press('x');
    await expect.poll(() => box.isChecked()).toBe(false);
    await page.keyboard.press('x');
    await page.keyboard.press('Escape');
    await expect.poll(() => box.isChecked()).toBe(false);
    await page.keyboard.press('/');
    await page.keyboard.type('a/1');
    await row(page, 'a/2').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await row(page, 'a/2').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toMatch(/#\/jobs\/[0-9a-f-]{36}$/);
    await page.goBack();
    await row(page, 'a/2').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('when the server was away the list is brought up to date, and stays where it was with what was selected', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'evald-test-'));
    const [port = 0] = await freePorts(1);
    const restart = () => startServer({ dataDir, flags: ['--port', `${port}`, '--slots', '1'] });
    let server = await restart();
    onTestFinished(async () => {
      await server.stop();
      await removeFolder(dataDir);
    });
    const client = createClient({ server: server.url });
    await client.pause();
    const ids: string[] = [];
    for (let n = 0; n < 150; n++) ids.push(await submit(server.url, named(`a/${n}`)));
    const { page, close } = await openPage(browser, server, '/jobs');
    await row(page, 'a/149').waitFor();
    await page.locator('.rows').evaluate((rows) => rows.scrollTo(0, 2_000));
    await row(page, 'a/90').getByRole('checkbox').click();

    await server.kill();
    await page.getByText('reconnecting').waitFor();
    server = await restart();
    await client.cancel(ids[90] ?? '');
    await submit(server.url, named('a/150'));
    await page.getByRole('button', { name: '1 new' }).waitFor();
    await row(page, 'a/90').getByText('cancelled').waitFor();
    expect(await row(page, 'a/90').getByRole('checkbox').isChecked()).toBe(true);
    expect(await page.locator('.rows').evaluate((rows) => rows.scrollTop)).toBe(2_000);

    // Back from a job, it is where it was.
    await row(page, 'a/90').getByRole('link').click();
    await page.locator('.rows').waitFor({ state: 'detached' });
    await page.goBack();
    await row(page, 'a/90').waitFor();
    expect(await page.locator('.rows').evaluate((rows) => rows.scrollTop)).toBe(2_000);

    // Another list begins at its top, with nothing selected.
    await page.getByRole('searchbox').fill('a/1');
    await row(page, 'a/150').waitFor();
    expect(await page.locator('.rows').evaluate((rows) => rows.scrollTop)).toBe(0);
    await page.getByText('1 selected').waitFor({ state: 'detached' });
    await close();
  });
});
