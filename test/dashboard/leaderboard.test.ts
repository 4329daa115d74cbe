import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { answerScores, isScores, madeId, madeMissing, madeScore, show } from '../support/scores/madeScores.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const job = (model: string, name: string, tasks: string[]) => ({
  ...{ model, tasks, limit: 20, model_args: { pretrained: `/ckpt/${name}` } },
});

describeWith(chromium, 'the view Leaderboard', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ flags: ['--slots', '1'] }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  /** The cells of a row by the name of its checkpoint. */
  const cells = (page: Page, name: string) => page.getByRole('row', { name: new RegExp(`^${name}`) }).getByRole('cell');

  test('jobs are rows by model and checkpoint, with the best of each column marked, why a cell is empty, and a way to each job', async () => {
    const good = await submit(server.url, job('nearest-template', 'good/1', ['demo_digits', 'demo_shapes']));
    const poor = await submit(server.url, job('majority', 'poor/1', ['demo_digits']));
    for (const id of [good, poor]) await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, '/leaderboard');
    await page.getByRole('row', { name: /^good/ }).waitFor();
    const head = page.getByRole('columnheader', { name: /demo_digits.*acc/ });
    const { metrics } = await endedJob(server.url, good);
    const score = metrics?.['demo_digits']?.['acc'];
    const text = `${Number(score?.value).toFixed(3)} ± ${Number(score?.stderr).toFixed(3)}`;
    const best = page.getByRole('link', { name: `best: ${text}` }).first();
    await best.waitFor();
    expect(await cells(page, 'poor').getByText('best:').count()).toBe(0);
    expect(await cells(page, 'poor').getByText('not asked').count()).toBeGreaterThan(0);
    expect(await findingsOf(page)).toEqual([]);

    const names = () => page.getByRole('rowheader').locator('bdi:first-child').allTextContents();
    await head.getByRole('button').click();
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('descending');
    expect((await names())[0]).toBe('good/1');
    await head.getByRole('button').click();
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('ascending');
    expect((await names())[0]).toBe('poor/1');
    expect(page.url()).toMatch(/sort=.*order=asc/);

    await best.click();
    await page.waitForURL((url) => url.hash === `#/jobs/${good}/scores`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a score comes when its job has ended, and of one checkpoint the newest counts until all runs are asked for', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/leaderboard');
    await page.getByRole('row', { name: /^poor/ }).waitFor();
    const again = await submit(server.url, job('majority', 'poor/1', ['demo_digits']));
    await endedJob(server.url, again);
    await cells(page, 'poor').locator(`a[href="#/jobs/${again}/scores"]`).first().waitFor();
    expect(await page.getByRole('row', { name: /^poor/ }).count()).toBe(1);
    await page.keyboard.press('a');
    await page.getByRole('button', { name: 'All runs', pressed: true }).waitFor();
    expect(await page.getByRole('row', { name: /^poor/ }).count()).toBe(2);
    expect(page.url()).toContain('runs=all');
    await page.getByRole('button', { name: 'Newest of each' }).click();
    await expect.poll(() => page.getByRole('row', { name: /^poor/ }).count()).toBe(1);
    expect(complaints).toEqual([]);
    await close();
  });

  test('what was imported and what failed says so, and without a direction none is the best', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const of = (n: number, more: object) => madeScore({ checkpoint: `/ckpt/c/${n}`, job_id: madeId(n), ...more });
    await answerScores(page, {
      scores: [
        ...[
          of(1, { value: 0.1, higher_is_better: null }),
          of(2, { value: 0.2, higher_is_better: null, imported: true }),
        ],
        ...[
          of(1, { task: 'wer', value: 0.1, higher_is_better: false }),
          of(3, { task: 'wer', value: 0.2, higher_is_better: false }),
        ],
      ],
      missing: [
        madeMissing({ checkpoint: '/ckpt/c/3', job_id: madeId(4) }),
        madeMissing({ checkpoint: '/ckpt/c/5', job_id: madeId(5), reason: 'queued', status: 'queued' }),
      ],
    });
    await show(page, '/leaderboard');
    await page.getByRole('row', { name: /c\/2.*imported/ }).waitFor();
    expect(await cells(page, 'c/1').allTextContents()).toEqual(['0.100 ± 0.050', 'best: 0.100 ± 0.050']);
    expect(await cells(page, 'c/3').allTextContents()).toEqual(['failed (timedOut)', '0.200 ± 0.050']);
    expect(await cells(page, 'c/3').getByRole('link', { name: 'failed' }).getAttribute('href')).toBe(
      `#/jobs/${madeId(4)}`,
    );
    expect(await page.getByRole('row', { name: /^c\/5/ }).count()).toBe(0);
    await page.getByRole('checkbox', { name: 'With those without a score' }).click();
    await cells(page, 'c/5').getByText('queued').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
    expect(lines[0]).toBe(
      'model,checkpoint,imported,run,step,job_id,mmmu acc,mmmu acc stderr,mmmu acc note,wer acc,wer acc stderr,wer acc note',
    );
    expect(lines).toContain('qwen2_5_vl,/ckpt/c/2,true,r7,1000,,0.2,0.05,,,,not asked');
    expect(complaints).toEqual([]);
    await close();
  });

  test('of unlike numbers of samples none is the best, imported ones have a row of their own, and a newer run without a score is named', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const of = (n: number, more: object) => madeScore({ checkpoint: '/ckpt/c/1', job_id: madeId(n), ...more });
    await answerScores(page, {
      scores: [of(1, { value: 0.5 }), of(2, { value: 0.9, imported: true, n: 20 })],
      missing: [madeMissing({ checkpoint: '/ckpt/c/1', job_id: madeId(3), reason: 'failed (stalled)' })],
    });
    await show(page, '/leaderboard');
    await page.getByText('No best of mmmu acc: unlike n: 100, 20.').waitFor();
    expect(await page.getByRole('row', { name: /c\/1/ }).count()).toBe(2);
    expect(await page.getByText('best:').count()).toBe(0);
    const newer = page.getByRole('link', { name: 'newer run: failed (stalled)' });
    expect(await newer.getAttribute('href')).toBe(`#/jobs/${madeId(3)}`);
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the table scrolls within the page at any width, and the first column stays', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now', {
      viewport: { width: 360, height: 800 },
    });
    const scores = Array.from({ length: 60 }, (_, n) => madeScore({ task: `task_${n}`, job_id: madeId(n) }));
    await answerScores(page, { scores });
    await show(page, '/leaderboard');
    await page.getByRole('row', { name: /^r7/ }).waitFor();
    expect(await overflowOf(page)).toBe(0);
    const name = page.getByRole('rowheader').first();
    const before = await name.boundingBox();
    await page.getByRole('region', { name: 'Leaderboard' }).evaluate((box) => box.scrollTo(900, 0));
    expect((await name.boundingBox())?.x).toBe(before?.x);
    expect(await page.getByRole('columnheader').count()).toBe(1 + 40);
    await page.getByRole('button', { name: 'Show all 60 columns' }).click();
    expect(await page.getByRole('columnheader').count()).toBe(1 + 60);
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });

  test('it is narrowed by task, model, label and day, all tasks come back, and the address says it', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const asked = await answerScores(page, { scores: [madeScore()] });
    await show(page, '/leaderboard');
    await page.getByRole('row', { name: /^r7/ }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('mm');
    await page.getByRole('option', { name: 'mmmu' }).click();
    await expect.poll(() => asked.at(-1)?.get('task')).toBe('mmmu');
    await page.getByRole('searchbox', { name: 'Label' }).fill('run:r7');
    await page.getByRole('searchbox', { name: 'Label' }).press('Enter');
    await expect
      .poll(() => Object.fromEntries(asked.at(-1) ?? []))
      .toMatchObject({ task: 'mmmu', label: 'run:r7', missing: 'true' });
    expect(page.url()).toMatch(/task=mmmu.*label=run%3Ar7/);
    await page.getByLabel('Task', { exact: true }).fill('');
    await page.getByLabel('Task', { exact: true }).press('Enter');
    await expect.poll(() => asked.at(-1)?.has('task')).toBe(false);
    expect(complaints).toEqual([]);
    await close();
  });

  test('while it comes, when it does not, and when there is nothing, it is said; names are text', async () => {
    const { page, close } = await openPage(browser, server, '/now', { viewport: { width: 390, height: 800 } });
    const { promise: held, resolve: letThrough } = Promise.withResolvers<void>();
    await page.route(isScores, async (route) => {
      await held;
      await route.abort();
    });
    await show(page, '/leaderboard');
    await page.getByRole('main').getByLabel('Loading').waitFor();
    letThrough();
    await page
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor();
    await page.unroute(isScores);
    const hostile = '<img src=x onerror="window.hacked=1">\u202Eevil';
    const of = { model: hostile, checkpoint: `/${'x'.repeat(900)}`, run: hostile, task: hostile, metric: hostile };
    await answerScores(page, { scores: [madeScore(of)] });
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('columnheader').getByText(hostile).first().waitFor();
    expect(await overflowOf(page)).toBe(0);
    expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
    expect(await findingsOf(page)).toEqual([]);
    await page.unroute(isScores);
    await answerScores(page, {});
    await show(page, '/leaderboard?model=nosuch');
    await page.getByText('No score matches').waitFor();
    await close();
  });
});
