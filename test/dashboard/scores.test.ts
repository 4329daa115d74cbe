import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/client.ts';
import { startWrittenServer } from '../support/harnesses/writtenLmmsEval.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob, jobWhen } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 5 };

describeWith(chromium, 'the scores of a job', () => {
  let demo: TestServer;
  let written: Awaited<ReturnType<typeof startWrittenServer>>;
  let browser: Browser;
  beforeAll(async () => {
    [demo, written, browser] = await Promise.all([
      startServer({ flags: ['--slots', '1'] }),
      startWrittenServer(),
      launchBrowser(),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([demo?.stop(), written?.stop()]);
  });

  test('a score stands with its error, its direction, n, and how many answers failed or are empty; below it, what made it', async () => {
    const id = await submit(demo.url, { ...quick, model_args: { pretrained: '/ckpt/run7/step-12000' } });
    const { metrics } = await endedJob(demo.url, id);
    const score = metrics?.['demo_digits']?.['acc'];
    const { page, complaints, close } = await openPage(browser, demo, `/jobs/${id}/scores`);
    const row = page.getByRole('row', { name: /demo_digits acc/ });
    await row.waitFor();
    expect(await row.getByRole('cell').allTextContents()).toEqual([
      'acc',
      `${Number(score?.value).toFixed(3)} ± ${Number(score?.stderr).toFixed(3)}`,
      'higher',
      '5',
      '0',
      '0',
    ]);
    await page.getByRole('button', { name: 'All digits' }).click();
    await row.getByText(String(score?.value), { exact: true }).waitFor();
    expect(page.url()).toContain('digits=all');
    const madeBy = page.getByRole('region', { name: 'What made these numbers' });
    await madeBy.getByText(/^demo \d/).waitFor();
    await madeBy.getByText('/ckpt/run7/step-12000').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the table is copied as CSV and as Markdown and downloaded, with every digit that the harness wrote', async () => {
    await written.write({
      results: {
        'a,"b"': { alias: 'x', 'acc,none': 0.123456789012, 'acc_stderr,none': 0.01, 'wer|x,none': 2 },
      },
      more: { higher_is_better: { 'a,"b"': { acc: true, 'wer|x': false } } },
    });
    const id = await submit(written.url, { model: 'm', tasks: ['a,"b"'.replaceAll(/[,"]/g, '')] });
    await endedJob(written.url, id);
    const permissions = ['clipboard-read', 'clipboard-write'];
    const opened = await openPage(browser, written, `/jobs/${id}/scores`, { permissions });
    const { page, complaints } = opened;
    const csv = [
      'task,metric,value,stderr,n,failed,empty,better,job_id',
      `"a,""b""",acc,0.123456789012,0.01,,,,higher,${id}`,
      `"a,""b""",wer|x,2,,,,,lower,${id}`,
      '',
    ].join('\r\n');
    const copied = () => page.evaluate<string>('navigator.clipboard.readText()');
    await page.getByRole('button', { name: 'Copy as CSV' }).click();
    await page.getByText('Copied').waitFor();
    expect((await copied()).replaceAll(/\r?\n/g, '\r\n')).toBe(csv);
    await page.getByRole('button', { name: 'Copy as Markdown' }).click();
    await expect.poll(copied).toContain(`| a,"b" | wer\\|x | 2 |  |  |  |  | lower | ${id} |`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`scores-${id.slice(0, 8)}.csv`);
    expect(await readFile(await download.path(), 'utf8')).toBe(csv);
    expect(complaints).toEqual([]);
    await opened.close();
  });

  test('numbers of a job that failed say that they are partial; those of a retry say of which job each is', async () => {
    const scoreOf = (value: number) => ({ alias: 'x', 'acc,none': value, 'acc_stderr,none': 0.1 });
    await written.write({ results: { first: scoreOf(0.25) } });
    const id = await submit(written.url, { model: 'm', tasks: ['first', 'second'] });
    expect(await endedJob(written.url, id)).toMatchObject({ status: 'failed', failure_kind: 'incompleteResults' });
    const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/scores`);
    await page.getByText('Partial: not the whole of what was asked.').waitFor();
    await page.getByText('incompleteResults').waitFor();
    await page.getByText('0.250').waitFor();

    await written.write({ results: { second: scoreOf(0.75) } });
    const retry = await createClient({ server: written.url }).retry(id, { missing: true });
    await endedJob(written.url, retry.job_id);
    await page.goto(`${written.url}/#/jobs/${retry.job_id}/scores`);
    const first = page.getByRole('row', { name: /^first/ });
    await first.getByRole('link', { name: id.slice(0, 8) }).waitFor();
    await page
      .getByRole('row', { name: /^second/ })
      .getByRole('link', { name: retry.job_id.slice(0, 8) })
      .waitFor();
    await page.getByRole('button', { name: 'This run alone' }).click();
    await first.waitFor({ state: 'detached' });
    expect(page.url()).toContain('runs=this');
    expect(complaints).toEqual([]);
    await close();
  });

  test('where there are no numbers it is said why: the job waits, runs, was cancelled, or failed before it measured anything', async () => {
    const running = await submit(demo.url, { ...quick, model_args: { delay: 3600 } });
    await jobWhen(demo.url, running, ({ status }) => status === 'running');
    const waiting = await submit(demo.url, quick);
    const cancelled = await submit(demo.url, quick);
    const client = createClient({ server: demo.url });
    await client.cancel(cancelled);
    const { page, complaints, close } = await openPage(browser, demo, `/jobs/${waiting}/scores`);
    await page.getByText('The job waits in the queue.').waitFor();
    await page.goto(`${demo.url}/#/jobs/${cancelled}/scores`);
    await page.getByText('The job was cancelled before it ran.').waitFor();
    await page.goto(`${demo.url}/#/jobs/${running}/scores`);
    await page.getByText('The job runs.').waitFor();
    await client.cancel(waiting);
    await client.stop(running);
    await page.getByText(/failed \(stopped\) before it had measured anything/).waitFor();
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('names of tasks and metrics, and numbers of any size, are text within the page on a phone too', async () => {
    const hostile = '<img src=x onerror="window.hacked=1">\u202Eevil';
    const long = `long_${'x'.repeat(600)}`;
    await written.write({
      results: { [hostile]: { 'acc,none': 0.5, [`${hostile},none`]: 1 }, [long]: { [`${long},none`]: 1e300 } },
      more: { git_hash: hostile },
    });
    const id = await submit(written.url, { model: hostile, tasks: ['t'], model_args: { pretrained: long } });
    await endedJob(written.url, id);
    for (const [width, colorScheme] of [
      [390, 'dark'],
      [1400, 'light'],
    ] as const) {
      const view = { viewport: { width, height: 844 }, colorScheme };
      const { page, complaints, close } = await openPage(browser, written, `/jobs/${id}/scores?digits=all`, view);
      await page.getByText(hostile).first().waitFor();
      expect(await overflowOf(page)).toBe(0);
      expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
      expect(await findingsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    }
  });
});
