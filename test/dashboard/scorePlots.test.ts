import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { answerScores, isScores, madeId, madeMissing, madeScore, show } from '../support/scores/madeScores.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const quick = { model: 'majority', tasks: ['demo_digits'], limit: 20 };
const step = (run: string, at: number) => ({
  ...{ ...quick, labels: { run, step: at }, model_args: { pretrained: `/ckpt/${run}/step-${at}` } },
});

/** Scores of two runs at four steps, of two metrics. */
const made = ['r7', 'r8'].flatMap((run, r) =>
  [1, 2, 3, 4].flatMap((at) =>
    ['acc', 'f1'].map((metric) => {
      const value = 0.4 + 0.1 * r + 0.05 * at;
      const labels = { run, step: at * 1_000, tokens: at * 1e6 };
      const where = { run, labels, x: at * 1_000, job_id: madeId(10 * r + at) };
      return madeScore({ ...where, metric, value, interval: [value - 0.1, value + 0.1] });
    }),
  ),
);

describeWith(chromium, 'the view Scores', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer({ flags: ['--slots', '1'] }), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const plot = (page: Page, metric: string) => page.getByRole('figure', { name: `${metric} of`, exact: false });
  const drawn = (page: Page) => page.locator('.plot canvas').first().waitFor();

  test('scores of jobs are a line a run over their steps, from the list of tasks to the job of a point, by pointer and by keyboard', async () => {
    const ids: string[] = [];
    for (const at of [1_000, 2_000, 3_000]) ids.push(await submit(server.url, step('r7', at)));
    ids.push(await submit(server.url, step('r8', 1_000)));
    const failed = await submit(server.url, { ...step('r8', 2_000), model_args: { nosuch: 1 } });
    for (const id of [...ids, failed]) await endedJob(server.url, id);
    const { page, complaints, close } = await openPage(browser, server, '/scores');
    await page.getByRole('link', { name: 'demo_digits' }).click();
    await drawn(page);
    expect(page.url()).toContain('#/scores?task=demo_digits');
    for (const run of ['r7', 'r8']) await page.getByRole('button', { name: run, exact: true }).waitFor();

    const box = plot(page, 'acc').getByRole('application');
    await box.focus();
    const readout = plot(page, 'acc').locator('.plot-readout');
    await readout.getByText('r7 at step 3,000').waitFor();
    await page.keyboard.press('ArrowLeft');
    const { metrics } = await endedJob(server.url, ids[1] ?? '');
    const score = metrics?.['demo_digits']?.['acc'];
    await readout.getByText(`${Number(score?.value).toFixed(3)} ± ${Number(score?.stderr).toFixed(3)}`).waitFor();
    await readout.getByText(/n 20/).waitFor();
    expect(await findingsOf(page)).toEqual([]);

    // What has no result is listed with its reason, and leads to its job.
    const missing = page.getByRole('region', { name: /Without a result/ });
    await missing.getByText(/^failed/).waitFor();
    expect(await missing.getByRole('link').getAttribute('href')).toBe(`#/jobs/${failed}`);

    // The ring is where the point is: a click there opens its job.
    const ring = await plot(page, 'acc').locator('.plot-cursor').boundingBox();
    await page.mouse.click((ring?.x ?? 0) + (ring?.width ?? 0) / 2, (ring?.y ?? 0) + (ring?.height ?? 0) / 2);
    await page.waitForURL((url) => url.hash === `#/jobs/${ids[1]}`);
    await page.goBack();
    await drawn(page);
    await box.focus();
    await page.keyboard.press('ArrowDown');
    await readout.getByText('r8 at step 1,000').waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.hash === `#/jobs/${ids[3]}`);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a point comes when its job has ended, without the page being loaded again', async () => {
    const client = createClient({ server: server.url });
    await client.pause();
    const id = await submit(server.url, step('live', 500));
    const { page, complaints, close } = await openPage(browser, server, '/scores?task=demo_digits&view=table');
    await page.getByText('queued', { exact: true }).waitFor();
    expect(await page.getByRole('row', { name: /^live/ }).count()).toBe(0);
    await client.resume();
    await page
      .getByRole('row', { name: /^live/ })
      .getByRole('link', { name: id.slice(0, 8) })
      .waitFor();
    await page.getByText('queued', { exact: true }).waitFor({ state: 'detached' });
    expect(complaints).toEqual([]);
    await close();
  });

  test('task, metric, axis, scale, lines and filters are chosen by fields and keys, and stand in the address', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const asked = await answerScores(page, { scores: made });
    await show(page, '/scores?task=mmmu');
    await drawn(page);
    // None of several metrics is picked: there is a plot for each.
    expect(await page.getByRole('figure').count()).toBe(2);
    await page.getByLabel('Metric').selectOption({ label: 'f1' });
    await plot(page, 'acc').waitFor({ state: 'detached' });
    expect(page.url()).toMatch(/metric=f1&filter=none/);

    await page.getByLabel('Over').selectOption({ label: 'label tokens' });
    await expect.poll(() => asked.at(-1)?.get('x')).toBe('label:tokens');
    await page.getByLabel('Over').selectOption({ label: 'label step' });
    await page.keyboard.press('Escape');
    await page.getByRole('main').click({ position: { x: 1, y: 1 } });
    await page.keyboard.press('l');
    await page.getByRole('button', { name: 'Log', pressed: true }).waitFor();
    expect(page.url()).toContain('scale=log');
    await page.getByRole('button', { name: 'r8' }).click();
    await page.getByRole('button', { name: 'r8', pressed: false }).waitFor();
    expect(page.url()).toContain('hide=r8');

    await page.keyboard.press('t');
    expect(await page.getByRole('row').count()).toBe(1 + 8);
    await page.keyboard.press('t');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Logarithmic axis, or not').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('/');
    expect(await page.evaluate('document.activeElement.id')).toBe('scores-task');
    await page.keyboard.type('mm');
    await page.getByRole('option', { name: 'mmmu' }).click();

    await page.getByRole('searchbox', { name: 'Label' }).fill('nothing');
    await page.getByRole('searchbox', { name: 'Label' }).press('Enter');
    expect(await page.getByRole('searchbox', { name: 'Label' }).evaluate((field) => field.matches(':invalid'))).toBe(
      true,
    );
    await page.getByRole('searchbox', { name: 'Label' }).fill('run=r7');
    await page.getByRole('searchbox', { name: 'Label' }).press('Enter');
    await page.getByLabel('Model').fill('qwen');
    await page.getByLabel('Model').press('Enter');
    await page.getByLabel('Since').fill('2026-11-01');
    await page.getByLabel('Since').blur();
    await expect
      .poll(() => Object.fromEntries(asked.at(-1) ?? []))
      .toMatchObject({
        task: 'mmmu',
        model: 'qwen',
        label: 'run:r7',
        since: new Date('2026-11-01T00:00').toISOString(),
      });
    expect(complaints).toEqual([]);
    await close();
  });

  test('jobs without a step are drawn over the time of their ends', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    await answerScores(page, { scores: made.map((score) => ({ ...score, labels: {}, x: null, step: null })) });
    await show(page, '/scores?task=mmmu');
    await drawn(page);
    expect(await page.getByLabel('Over').inputValue()).toBe('time');
    expect(await page.getByRole('button', { name: 'Log' }).count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a plot is saved as PNG with its legend, and the scores as CSV with every digit', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const long = madeScore({ value: 0.123456789012, run: 'a,"b"' });
    await answerScores(page, { scores: [long, madeScore({ metric: 'f1' })] });
    await show(page, '/scores?task=mmmu&metric=acc&filter=none');
    await drawn(page);
    const save = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
    };
    const picture = await save('Save acc of mmmu as PNG');
    expect(picture.bytes.subarray(1, 4).toString()).toBe('PNG');
    expect(picture.bytes.readUInt32BE(16)).toBeGreaterThan(600);
    const csv = await save('CSV');
    expect(csv.name).toBe('scores-mmmu.csv');
    const lines = csv.bytes.toString().split('\r\n');
    expect(lines[0]).toMatch(/^run,step,task,metric,filter,value,stderr,n,higher_is_better,job,harness/);
    expect(lines[1]).toContain(`"a,""b""",1000,mmmu,acc,none,0.123456789012,0.05,100,true,${long.job_id}`);
    expect(lines.length).toBe(3);
    expect(complaints).toEqual([]);
    await close();
  });

  test('on paper there are the plots in light colours, and nothing to press', async () => {
    const { page, close } = await openPage(browser, server, '/now', { colorScheme: 'dark' });
    await answerScores(page, { scores: made });
    await show(page, '/scores?task=mmmu');
    await drawn(page);
    const inkOf = () => page.evaluate<string>("document.querySelector('.plot canvas').toDataURL()");
    const onScreen = await inkOf();
    await page.emulateMedia({ media: 'print' });
    await expect.poll(inkOf).not.toBe(onScreen);
    expect(await page.getByRole('banner').isVisible()).toBe(false);
    expect(await page.getByRole('button', { name: /PNG|CSV|Table/ }).count()).toBe(0);
    await close();
  });

  test('while the scores come, when they do not, and when there are none, it is said', async () => {
    const { page, close } = await openPage(browser, server, '/now');
    const { promise: held, resolve: letThrough } = Promise.withResolvers<void>();
    await page.route(isScores, async (route) => {
      await held;
      await route.abort();
    });
    await show(page, '/scores?task=mmmu');
    await page.getByRole('main').getByLabel('Loading').waitFor();
    letThrough();
    await page
      .getByRole('alert')
      .getByText(/cannot be reached/)
      .waitFor();
    await page.unroute(isScores);
    await answerScores(page, {});
    await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No score matches').waitFor();
    await page.getByRole('link', { name: 'All tasks' }).click();
    await page.getByText('No scores yet').waitFor();
    expect(await findingsOf(page)).toEqual([]);
    await close();
  });

  test('more runs than can be distinguished are not drawn, and it is said how many', async () => {
    const { page, close } = await openPage(browser, server, '/now');
    await answerScores(page, {
      scores: Array.from({ length: 45 }, (_, n) => madeScore({ run: `run-${n}`, job_id: madeId(n) })),
    });
    await show(page, '/scores?task=mmmu');
    await page.getByText(/5 more are not/).waitFor();
    await close();
  });

  test('where there are more scores than are read, the list of tasks says that it may not be whole', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    const scores = Array.from({ length: 10_000 }, (_, n) => madeScore({ job_id: madeId(n) }));
    const asked = await answerScores(page, { scores, next_cursor: 's1' });
    await show(page, '/scores');
    await page.getByRole('link', { name: 'mmmu' }).waitFor();
    await page.getByText(/tasks of the newest 50,000 scores.*can be typed above/).waitFor();
    await show(page, '/leaderboard?task=mmmu');
    await page.getByText('These are the newest 50,000 scores, and older ones are left out').waitFor();
    expect(asked.every((query) => query.get('order') === 'newest')).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  test('names of runs, metrics and reasons are text within the page on a phone too', async () => {
    const hostile = '<img src=x onerror="window.hacked=1">\u202Eevil';
    const long = `long_${'x'.repeat(600)}`;
    const scores = [hostile, long].map((run, n) =>
      madeScore({
        run,
        metric: run,
        filter: run,
        job_id: madeId(n),
        value: 10 ** (300 * n),
        interval: null,
        stderr: null,
      }),
    );
    const missing = [madeMissing({ run: hostile, checkpoint: long, reason: hostile, x: null })];
    for (const view of ['', '&view=table']) {
      const options = { viewport: { width: 390, height: 844 }, colorScheme: 'dark' } as const;
      const { page, complaints, close } = await openPage(browser, server, '/now', options);
      await answerScores(page, { scores, missing });
      await show(page, `/scores?task=${encodeURIComponent(hostile)}${view}`);
      await page
        .getByRole('region', { name: /Without a result/ })
        .getByText(hostile)
        .first()
        .waitFor();
      if (view === '') await drawn(page);
      expect(await overflowOf(page)).toBe(0);
      expect(await page.evaluate(() => 'hacked' in globalThis)).toBe(false);
      expect(await findingsOf(page)).toEqual([]);
      expect(complaints).toEqual([]);
      await close();
    }
  });
});
