import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { writeLmEvalRun } from '../support/runs/earlierRuns.ts';
import { temporaryFolder } from '../support/runs/localRun.ts';
import { findingsOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

describeWith(chromium, 'jobs that were imported', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('an imported job is marked in the list and at its head, shows its scores and samples, and offers no repetition', async () => {
    const { imported } = await createClient({ server: server.url }).importRuns({ dir: await importable() });
    const [{ job_id: id, file } = { job_id: '', file: '' }] = imported;
    const { page, complaints, close } = await openPage(browser, server, '/jobs');
    const row = page.locator('.jobs-row', { hasText: 'imported' });
    expect(await row.locator('.badge').getAttribute('title')).toContain(file);
    await row.getByRole('link').click();

    const head = page.locator('.job-head');
    await head.locator('.badge', { hasText: 'imported' }).waitFor();
    await head.getByText(file).waitFor();
    expect(await head.getByRole('button', { name: 'Retry' }).count()).toBe(0);
    expect(await head.getByRole('link', { name: 'Submit again' }).count()).toBe(0);
    expect(await findingsOf(page)).toEqual([]);
    await page.goto(`${server.url}/#/jobs/${id}/samples`);
    await page.getByText('strict-match').first().waitFor();
    for (const width of [360, 1400]) {
      await page.setViewportSize({ width, height: 900 });
      const isWider = await page.locator('html').evaluate((html) => html.scrollWidth > html.clientWidth);
      expect(isWider, `${width} px`).toBe(false);
    }
    expect(complaints).toEqual([]);
    await close();
  });
});

/** A folder with a run whose name is a long one. */
async function importable(): Promise<string> {
  const dir = await temporaryFolder();
  await writeLmEvalRun(dir, { args: { pretrained: `/checkpoints/${'a-long-name-'.repeat(12)}` } });
  return dir;
}
