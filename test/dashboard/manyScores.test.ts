import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectWithin } from '../support/measuring/least.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { answerScores, madeId, madeScore, show } from '../support/scores/madeScores.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const SCORES = 10_000;
/** Milliseconds. */
const DRAWN = 2_500;

/** Twenty runs, each measured at 500 steps. */
const scores = Array.from({ length: SCORES }, (_, n) => {
  const [run, step] = [n % 20, Math.floor(n / 20) * 100];
  const labels = { run: `r${run}`, step };
  const value = 0.3 + 0.02 * run + 0.2 * Math.sin(step / 9_000);
  return madeScore({
    ...{ job_id: madeId(n), run: labels.run, step, x: step, labels, value, interval: [value - 0.03, value + 0.03] },
    checkpoint: `/ckpt/r${run}/step-${step}`,
  });
});

describeWith(chromium, 'the views of scores with 10,000 scores', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('10,000 scores are drawn within two and a half seconds after they are asked for, and are read by the pointer without delay', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    await answerScores(page, { scores });
    const took = await expectWithin(DRAWN, 'clock', async () => {
      await show(page, '/now');
      await page.locator('.plot canvas').waitFor({ state: 'detached' });
      const begun = performance.now();
      await show(page, '/scores?task=mmmu');
      await page.locator('.plot canvas').waitFor();
      return performance.now() - begun;
    });
    const box = await page.getByRole('application').boundingBox();
    const aMove = await expectWithin(100, 'clock', async () => {
      const begun = performance.now();
      for (let at = 0; at < 50; at++) {
        await page.mouse.move((box?.x ?? 0) + 100 + at * 10, (box?.y ?? 0) + 150);
        await page.evaluate('new Promise((drawn) => requestAnimationFrame(drawn))');
      }
      return (performance.now() - begun) / 50;
    });
    await page
      .locator('.plot-readout')
      .getByText(/r\d+ at step [\d,]+/)
      .waitFor();
    console.log(`10,000 scores drawn after ${Math.round(took)} ms; a move of the pointer took ${aMove.toFixed(1)} ms`);
    expect(await page.getByRole('list', { name: 'Lines' }).getByRole('listitem').count()).toBe(20);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a leaderboard of 10,000 checkpoints is there within two and a half seconds', async () => {
    const { page, complaints, close } = await openPage(browser, server, '/now');
    await answerScores(page, { scores });
    const rows = page.getByRole('button', { name: 'Show all 10,000 rows' });
    const took = await expectWithin(DRAWN, 'clock', async () => {
      await show(page, '/now');
      await rows.waitFor({ state: 'detached' });
      const begun = performance.now();
      await show(page, '/leaderboard');
      await rows.waitFor();
      return performance.now() - begun;
    });
    console.log(`a leaderboard of 10,000 rows after ${Math.round(took)} ms`);
    expect(complaints).toEqual([]);
    await close();
  });
});
