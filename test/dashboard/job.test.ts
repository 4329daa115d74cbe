import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { logOf } from '../support/jobs/loggedJob.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { findingsOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };
const endless = { ...quick, model_args: { delay: 3600, pretrained: '/ckpt/run7/step-12000' } };
const tabNames = ['overview', 'log', 'scores', 'samples', 'files', 'request', 'timeline', 'chart'];
const fakeHarness = new URL('../fixtures/fake-lmms-eval.mjs', import.meta.url).pathname;

const isWiderThanScreen = (page: Page) =>
  page.locator('html').evaluate(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth);

describeWith(chromium, 'the view Job', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ flags: ['--gpus', '0'] }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('a split job lists its tasks, each with its state, why it failed, and a log of its own', async () => {
    const tasks = ['demo_digits', 'nosuch', 'demo_shapes'];
    const id = await submit(server.url, { ...quick, tasks, split: true });
    await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, `/jobs/${id}`);
    const parts = page.getByRole('region', { name: 'Tasks, one run each' });
    const rows = parts.getByRole('row');
    await rows.nth(3).waitFor();
    for (const [index, state] of ['completed', 'failed', 'completed'].entries()) {
      await rows
        .nth(index + 1)
        .getByText(tasks[index] ?? '', { exact: true })
        .waitFor();
      await rows
        .nth(index + 1)
        .getByText(state, { exact: true })
        .waitFor();
    }
    await rows.nth(2).getByText('Tasks were not found: nosuch').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await parts.getByRole('link', { name: 'Log of demo_digits' }).click();
    await page.waitForURL(/log\?task=demo_digits/);
    await page.locator('.log-box').getByText('demo_digits').first().waitFor();
    const logs = page.getByRole('navigation', { name: 'Logs of the tasks' });
    expect(await logs.getByRole('link').allTextContents()).toEqual(tasks);
    await logs.getByRole('link', { name: 'nosuch' }).click();
    await page.locator('.log-box').getByText('Tasks not found: nosuch').first().waitFor();
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a failed job says first why it failed, leads to the first error of its log, and is repeated by a button that leads to its repetition', async () => {
    const id = await submit(server.url, { ...quick, model: 'nosuch' });
    await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, `/jobs/${id}`);
    const cause = page.getByRole('region', { name: 'The harness reports a failure' });
    await cause.getByText("Model 'nosuch' not found in available models").waitFor();
    const tab = page.getByRole('region', { name: 'Overview' });
    expect(await tab.locator('h2').first().textContent()).toContain('The harness reports a failure');
    await page.getByRole('region', { name: 'Last lines of the log' }).getByText('at findModel').waitFor();
    await page.getByRole('link', { name: 'First error in the log' }).click();
    await expect.poll(() => page.locator('.log-selected').textContent()).toContain("Error: Model 'nosuch' not found");

    await page.getByRole('button', { name: 'Retry' }).click();
    await page.getByRole('button', { name: 'Retry this job' }).click();
    await page.getByText('Retry of').waitFor();
    await page.getByRole('link', { name: id.slice(0, 8) }).click();
    await page.waitForURL(new RegExp(`/jobs/${id}$`));
    await page.getByText('Retried as').waitFor();
    expect(complaints).toEqual([]);
    await close();
  });

  test('a running job shows how far it is and what it writes, a waiting one what for and how soon, and both change under the hands of the reader', async () => {
    const running = await submit(server.url, endless);
    await jobWhen(server.url, running, ({ progress }) => progress !== null);
    const waiting = await submit(server.url, { ...endless, priority: 3 });
    const { page, complaints, close } = await openPage(browser, server, `/jobs/${waiting}`);
    const queue = page.getByRole('region', { name: 'Queue' });
    await queue.getByText('next, as soon as a run ends').waitFor();
    await page.getByLabel('Priority').fill('7');
    await page.getByRole('button', { name: 'Change' }).click();
    await queue.getByText('7', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel this job' }).click();
    await page.getByText('It was cancelled').waitFor();

    await page.goto(`${server.url}/#/jobs/${running}`);
    await page.getByRole('heading', { name: 'run7/step-12000' }).waitFor();
    await page.getByRole('progressbar').waitFor();
    await page.getByText('Running generate_until requests').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByRole('button', { name: 'Stop this job' }).click();
    await page.getByRole('heading', { name: 'It was stopped on request' }).waitFor();
    expect(await endedJob(server.url, running)).toMatchObject({ failure_kind: 'stopped' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('a completed job has its scores, files, request, history and path, each behind a key and an address of its own', async () => {
    const id = await submit(server.url, { ...quick, labels: { run: 'r7' } });
    const job = await endedJob(server.url, id);
    await writeFile(join(dirname(logOf(job)), 'note.json'), '{"big":12345678901234567890123,"text":"<b>bold</b>"}');
    const { page, complaints, close } = await openPage(browser, server, `/jobs/${id}`);
    await page
      .getByRole('region', { name: 'Scores' })
      .getByText(/^0\.\d{3}$/)
      .waitFor();
    await page.getByRole('region', { name: 'Answers' }).getByRole('cell', { name: '5', exact: true }).waitFor();

    await page.keyboard.press('5');
    await page.waitForURL(/\/files$/);
    await page.getByRole('link', { name: 'note.json', exact: true }).click();
    await page.getByText('"big": 12345678901234567890123').waitFor();
    await page.getByText('"text": "<b>bold</b>"').waitFor();
    expect(page.url()).toMatch(/\/files\?file=note.json$/);
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Download note.json' }).click();
    expect((await saved).suggestedFilename()).toBe('note.json');

    await page.keyboard.press('6');
    await page.getByText('"run": "r7"').first().waitFor();
    await page.getByRole('button', { name: 'command' }).click();
    await page.getByText(`evald submit --server ${server.url} majority demo_digits`).waitFor();
    await page.keyboard.press(']');
    const events = page.getByRole('region', { name: 'Timeline' }).getByRole('listitem');
    await expect.poll(() => events.count()).toBe(4);
    expect(await events.first().textContent()).toContain('Submitted');
    await page.keyboard.press(']');
    const states = page.locator('.job-chart .visited .name');
    await expect.poll(() => states.allTextContents()).toEqual(['queued', 'running', 'completed']);
    expect(await page.locator('.job-chart .lit .name').allTextContents()).toEqual(['completed']);
    await page.keyboard.press('[');
    await page.waitForURL(/\/timeline$/);
    expect(complaints).toEqual([]);
    await close();
  });

  test('what a failed job had measured is shown as a part, and only what is missing can be run again', async () => {
    const other = await startServer({ harness: 'lmms-eval', flags: ['--python', fakeHarness] });
    onTestFinished(async () => void (await other.stop()));
    const id = await submit(other.url, { model: 'half', tasks: ['t', 'u'] });
    await endedJob(other.url, id);
    const { page, complaints, close } = await openPage(browser, other, `/jobs/${id}`);
    await page.getByRole('heading', { name: 'Results are missing' }).waitFor();
    const partial = page.getByRole('region', { name: 'What it had measured before it failed' });
    await partial.getByText('0.500').waitFor();
    await page.getByRole('button', { name: 'Retry missing' }).click();
    await page.getByRole('button', { name: 'Retry what is missing' }).click();
    await page.getByText('Retry of').waitFor();
    const retry = await createClient({ server: other.url }).job(page.url().slice(-36));
    expect(retry).toMatchObject({ retry_of: id, request: { tasks: ['u'] } });
    expect(complaints).toEqual([]);
    await close();
  });

  test('the beginning of an id leads to its job where no other begins so, and an id of no job says so', async () => {
    const id = await submit(server.url, quick);
    await endedJob(server.url, id);
    const { page, close } = await openPage(browser, server, `/jobs/${id.slice(0, 10)}/log?line=2`);
    await page.waitForURL(new RegExp(`/jobs/${id}/log\\?line=2$`));
    await page.getByRole('link', { name: 'Line 2', exact: true }).waitFor();
    await page.goto(`${server.url}/#/jobs/${id.slice(0, 35)}z`);
    await page.getByText('There is no such job').waitFor();
    await page.goto(`${server.url}/#/jobs/${id}`);
    await page.getByRole('heading', { name: 'majority' }).waitFor();
    await page.goto(`${server.url}/#/jobs/zzz`);
    await page.getByText('has the id zzz').waitFor();
    await page.getByRole('link', { name: 'All jobs' }).click();
    await page.waitForURL(/#\/jobs$/);
    await close();
  });

  test('texts of a request that mean harm, or are very long, are text, and nothing is wider than a small screen', async () => {
    const long = 'x'.repeat(900);
    const id = await submit(server.url, {
      model: `<img src=x onerror="document.title=1">${long}`,
      tasks: [`<b>${long}</b>`, 'שלום'],
      labels: { run: `<script>${'y'.repeat(180)}` },
      model_args: { pretrained: `/ckpt/${'z'.repeat(90)}/${'z'.repeat(90)}` },
    });
    await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, `/jobs/${id}`, {
      viewport: { width: 360, height: 800 },
    });
    await page.getByText('<img src=x onerror').first().waitFor();
    for (const [index, tab] of tabNames.entries()) {
      await page.keyboard.press(String(index + 1));
      await page.locator('.tabs [aria-current]').getByText(tab, { exact: false }).waitFor();
      await expect.poll(() => page.getByLabel('Loading').count()).toBe(0);
      expect(await isWiderThanScreen(page), tab).toBe(false);
    }
    expect(complaints).toEqual([]);
    await close();
  });

  test('a caller is shown no button for what it may not do: readers none, others none for jobs that are not their own', async () => {
    const tokens = await tokensFile({ onTestFinished }, { ann: 'submit', bob: 'submit', eve: 'read' });
    const guarded = await startServer({ flags: ['--tokens', tokens.file] });
    onTestFinished(async () => void (await guarded.stop()));
    const id = await submit(guarded.url, endless, tokens.bearer('ann'));
    const buttonsOf = async (name: string) => {
      const { page, close } = await openPage(browser, guarded, `/jobs/${id}`, { token: tokens.tokenOf(name) });
      await page.getByText('by ann').waitFor();
      const shown = await page.locator('.job-actions').locator('button, a').allTextContents();
      await close();
      return shown;
    };
    await jobWhen(guarded.url, id, ({ status }) => status === 'running', tokens.bearer('ann'));
    expect(await buttonsOf('ann')).toEqual(['Stop', 'Submit again …']);
    expect(await buttonsOf('bob')).toEqual(['Submit again …']);
    expect(await buttonsOf('eve')).toEqual([]);
  });

  test.for(['light', 'dark'] as const)('axe finds nothing in any tab that hinders readers, %s', async (colorScheme) => {
    const failed = await submit(server.url, { ...quick, model: 'nosuch' });
    const completed = await submit(server.url, quick);
    await Promise.all([failed, completed].map((id) => endedJob(server.url, id)));
    const { page, close } = await openPage(browser, server, `/jobs/${failed}`, { colorScheme });
    for (const id of [failed, completed]) {
      for (const tab of tabNames) {
        await page.goto(`${server.url}/#/jobs/${id}/${tab}`);
        await page.locator('.tabs [aria-current]').getByText(tab, { exact: false }).waitFor();
        await expect.poll(() => page.getByLabel('Loading').count()).toBe(0);
        expect(await findingsOf(page), tab).toEqual([]);
      }
    }
    await close();
  });
});
