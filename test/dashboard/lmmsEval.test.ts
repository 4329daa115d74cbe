import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LmmsEvalServer, startLmmsEvalServer } from '../support/harnesses/lmmsEvalServer.ts';
import { chromium, describeWith, lmmsEval } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';

describeWith(chromium, 'the page', () => {
  describeWith(lmmsEval, 'on the real lmms-eval', () => {
    let real: LmmsEvalServer;
    let browser: Browser;
    beforeAll(async () => {
      [real, browser] = await Promise.all([startLmmsEvalServer(), launchBrowser()]);
    }, 600_000);
    afterAll(async () => {
      await browser?.close();
      await real?.stop();
    });

    test('an evaluation is submitted, followed, and its scores, samples, files and log are read, by the page alone', async () => {
      const [task] = real.tiny.tasks;
      const { page, complaints, close } = await openPage(browser, real.server, `/new?model=dummy&tasks=${task}`);
      page.setDefaultTimeout(300_000);
      await page.getByRole('button', { name: 'Submit', exact: true }).click();
      await page.getByRole('heading', { name: 'dummy' }).waitFor();
      await page.locator('.job-title .status-completed').waitFor();

      await page.getByRole('navigation', { name: 'Parts of the job' }).getByRole('link', { name: 'Scores' }).click();
      const score = page.getByRole('row', { name: new RegExp(`${task} .*exact_match`) });
      await expect.poll(() => score.first().textContent()).toMatch(/[01]\.\d{3} ± 0\.\d{3}/);
      expect(await score.first().textContent()).toContain('8');

      await page.getByRole('link', { name: 'Samples' }).click();
      await page.getByText('1 of 8').waitFor();
      await page.keyboard.press('ArrowRight');
      await page.getByText('2 of 8').waitFor();

      await page.getByRole('link', { name: 'Files' }).click();
      await page
        .getByText(/_results\.json/)
        .first()
        .waitFor();
      await page.getByRole('link', { name: 'Log', exact: true }).click();
      await page
        .getByText(/lmms_eval/)
        .first()
        .waitFor();
      expect(complaints).toEqual([]);
      await close();
    }, 600_000);
  });
});
