import { chmod, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { submit } from '../support/jobs/client.ts';
import { endedJob } from '../support/jobs/jobs.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { countedRuns } from '../support/runs/countedRuns.ts';
import { fixture } from '../support/runs/localRun.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';

describeWith(chromium, 'the banner of the page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test('while nothing can be started every view says why, and a caller that may has it tried again when it is mended', async (context) => {
    const runs = await countedRuns(context);
    const python = join(runs.folder, 'python');
    await copyFile(fixture('counting-lmms-eval'), python);
    await chmod(python, 0o755);
    const server = await runs.start({ flags: ['--python', python] });
    await chmod(python, 0o644);
    const job = await submit(server.url, runs.request('1') as Parameters<typeof submit>[1]);

    const { page, complaints, close } = await openPage(browser, server);
    const banner = page.getByText(`Nothing is started: ${python} was not found, or is not executable`);
    await banner.waitFor();
    for (const view of ['Jobs', 'Scores', 'Compare', 'Leaderboard', 'Charts', 'API', 'New']) {
      await page.getByRole('link', { name: view, exact: true }).click();
      await banner.waitFor();
    }
    await page.getByRole('button', { name: 'Hide' }).click();
    await banner.waitFor({ state: 'detached' });
    await page.reload();
    await banner.waitFor();
    await chmod(python, 0o755);
    await page.getByRole('button', { name: 'Try again now' }).click();
    expect((await endedJob(server.url, job)).status).toBe('completed');
    await banner.waitFor({ state: 'detached' });
    // What a browser says of the catalog, which cannot be read either.
    expect(complaints.filter((text) => !text.startsWith('Failed to load resource'))).toEqual([]);
    await close();
  });
});
