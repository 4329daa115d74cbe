import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, CDPSession, Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { removeFolder } from '../support/files/removeFolder.ts';
import { seedManyJobs } from '../support/jobs/manyJobs.ts';
import { expectWithin } from '../support/measuring/least.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const JOBS = 100_000;
/** Milliseconds. */
const FIRST_ROWS = 2_000;
/** Megabytes of the page's heap for each 10,000 rows that have come; measured: 6. */
const HEAP = 15;

describeWith(chromium, 'the view Jobs with 100,000 jobs', () => {
  let server: TestServer;
  let browser: Browser;
  let needle: string;
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evald-test-'));
    const dataDir = join(folder, 'data');
    needle = seedManyJobs(dataDir, JOBS);
    [server, browser] = await Promise.all([
      startServer({ dataDir, flags: ['--history', '200000', '--max-queue', '200000'] }),
      launchBrowser(),
    ]);
    await createClient({ server: server.url }).pause();
    return async () => {
      await browser.close();
      await server.stop();
      await removeFolder(folder);
    };
  }, 300_000);

  test('the first rows of 100,000 jobs are there within two seconds, and scrolling through thousands never shows a row that is blank', async () => {
    const { page, complaints } = await open('/now');
    const took = await expectWithin(FIRST_ROWS, 'clock', async () => {
      await page.getByRole('link', { name: 'Now', exact: true }).click();
      await page.getByRole('article').first().waitFor({ state: 'detached' });
      const begun = performance.now();
      await page.getByRole('link', { name: 'Jobs' }).click();
      await page.getByRole('article').first().waitFor();
      return performance.now() - begun;
    });

    const heap = await heapOf(page);
    const before = await heap();
    const blanks: number[] = [];
    const ends: number[] = [];
    // By three windows at a time, as fast as the browser draws: 10,000 rows.
    let looks = 0;
    for (let top = 0; top < 370_000; top += 2_000) {
      await scrollTo(page, top);
      looks += 1;
      const blank = await blankPixels(page);
      if (blank > 0) blanks.push(top);
      if (await isAtEnd(page)) ends.push(top);
    }
    const rows = await page.locator('.rows').evaluate((box) => box.scrollHeight / 37);
    const grown = (await heap()) - before;
    console.log(`first rows after ${Math.round(took)} ms; ${rows} rows, ${looks} looks, heap + ${grown.toFixed(1)} MB`);
    expect(rows).toBeGreaterThan(10_000);
    expect(blanks).toEqual([]);
    // The next page was there before the last row.
    expect(ends).toEqual([]);
    expect(grown).toBeLessThan((HEAP * rows) / 10_000);
    expect(await page.getByRole('article').count()).toBeLessThan(100);
    expect(complaints).toEqual([]);
  });

  test('a search that takes several answers of the server goes on by itself, and says so meanwhile', async () => {
    const { page, complaints } = await open(`/jobs?q=run:needle`);
    await page.getByRole('article').getByText('run=needle').waitFor();
    expect(await page.getByRole('article').count()).toBe(1);
    await page.getByRole('searchbox').fill('run:needle nothing-has-this');
    await page.getByText('searching…').waitFor();
    await page.getByText('No job matches').waitFor();
    await page.getByRole('searchbox').fill(needle);
    await page.getByRole('article').getByText('run=needle').waitFor();
    expect(complaints).toEqual([]);
  });

  async function open(path: string) {
    const opened = await openPage(browser, server, path);
    onTestFinished(opened.close);
    return opened;
  }
});

/** Scrolls the rows, as one does by dragging, and waits until that has been drawn. */
async function scrollTo(page: Page, top: number): Promise<void> {
  await page.locator('.rows').evaluate((box, to) => box.scrollTo(0, to), top);
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))');
}

/** Pixels of the window of rows in which there is no row, or one without a text. */
const blankPixels = (page: Page): Promise<number> =>
  page.locator('.rows').evaluate((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    let drawn = 0;
    for (const row of box.querySelectorAll('article')) {
      if (row.querySelector('.job-name')?.textContent === '') continue;
      const inside = row.getBoundingClientRect();
      drawn += Math.max(0, Math.min(bottom, inside.bottom) - Math.max(top, inside.top));
    }
    return Math.max(0, Math.round(bottom - top - drawn) - 2);
  });

/** Whether the rows that have come are at their end. */
const isAtEnd = (page: Page): Promise<boolean> =>
  page.locator('.rows').evaluate((box) => box.scrollTop + box.clientHeight >= box.scrollHeight - 1);

/** Megabytes of the page's heap, after what is not used has been collected. */
async function heapOf(page: Page): Promise<() => Promise<number>> {
  const session: CDPSession = await page.context().newCDPSession(page);
  return async () => {
    await session.send('HeapProfiler.collectGarbage');
    const { usedSize } = await session.send('Runtime.getHeapUsage');
    return usedSize / 1_000_000;
  };
}
