import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Showcase, showcase } from '../support/jobs/showcase.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { findingsOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

/** Where `npm run docs:pictures` writes what the views look like. */
const pictures = new URL('../../docs/page/', import.meta.url).pathname;
const writes = process.env['TEST_PICTURES'] === 'write';

/** Each view, its address, and what shows that it is there. */
const views: { [name: string]: { path(jobs: Showcase): string; shows: string | RegExp } } = {
  now: { path: () => '/now', shows: 'Ended last' },
  jobs: { path: () => '/jobs', shows: 'run7/step-18000' },
  'job-running': { path: ({ running }) => `/jobs/${running}`, shows: 'run7/step-10000' },
  'job-failed': { path: ({ failed }) => `/jobs/${failed}`, shows: /Model 'qwen-typo' not found/ },
  'job-queued': { path: ({ queued }) => `/jobs/${queued}`, shows: 'run7/step-12000' },
  'job-completed': { path: ({ completed }) => `/jobs/${completed}`, shows: 'run7/step-8000' },
  log: { path: ({ completed }) => `/jobs/${completed}/log`, shows: /demo_digits/ },
  scores: { path: ({ completed }) => `/jobs/${completed}/scores`, shows: 'demo_shapes' },
  samples: { path: ({ completed }) => `/jobs/${completed}/samples`, shows: /demo_digits/ },
  files: { path: ({ completed }) => `/jobs/${completed}/files`, shows: /_results\.json/ },
  request: { path: ({ completed }) => `/jobs/${completed}/request`, shows: /"nearest-template"/ },
  timeline: { path: ({ completed }) => `/jobs/${completed}/timeline`, shows: 'completed' },
  'job-chart': { path: ({ completed }) => `/jobs/${completed}/chart`, shows: /how this one came to completed/ },
  'score-plots': { path: () => '/scores?task=demo_digits', shows: /^Point at a score/ },
  compare: { path: ({ compared: [a, b] }) => `/compare?a=${a}&b=${b}`, shows: 'What differs in how they were made' },
  leaderboard: { path: () => '/leaderboard', shows: 'run7/step-8000' },
  charts: { path: () => '/charts', shows: 'scheduler' },
  api: { path: () => '/api', shows: '/evaluate' },
  new: { path: () => '/new', shows: 'Dry run' },
};

const widths = [1400, 390];
const schemes = ['light', 'dark'] as const;

describeWith(chromium, 'every view', () => {
  let server: TestServer;
  let browser: Browser;
  let jobs: Showcase;
  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startServer({ flags: ['--gpus', '0,1,2,3', '--slots', '1'] }),
      launchBrowser(),
    ]);
    jobs = await showcase(server);
    if (writes) await mkdir(pictures, { recursive: true });
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  describe.each(Object.entries(views))('%s', (name, { path, shows }) => {
    test.each(schemes)(
      `the view ${name} has no findings of axe, overflows no window, and complains of nothing, in %s`,
      async (colorScheme) => {
        const { page, complaints, close } = await openPage(browser, server, path(jobs), {
          colorScheme,
          reducedMotion: 'reduce',
        });
        await page.getByRole('main').getByText(shows).first().waitFor();
        await page.locator('.skeleton').first().waitFor({ state: 'detached' });
        for (const width of widths) {
          await page.setViewportSize({ width, height: width > 600 ? 900 : 800 });
          await settled(page);
          expect(await findingsOf(page), `at ${width} px`).toEqual([]);
          if (writes) {
            await showAsInstalled(page, server.dataDir);
            await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`) });
          }
        }
        for (const width of [360, 1400, 3840]) {
          await page.setViewportSize({ width, height: 900 });
          await settled(page);
          expect(await page.evaluate('document.documentElement.scrollWidth'), `at ${width} px`).toBeLessThanOrEqual(
            width,
          );
        }
        expect(complaints).toEqual([]);
        await close();
      },
    );
  });

  test('the pictures of the documentation show every view, wide and narrow, light and dark', async () => {
    const wanted = Object.keys(views).flatMap((name) =>
      widths.flatMap((width) => schemes.map((scheme) => `${name}-${width}-${scheme}.png`)),
    );
    // And one of jobs on a cluster: test/clusters/slurm/shown.test.ts.
    expect((await readdir(pictures)).sort()).toEqual([...wanted, 'slurm-1400-light.png'].sort());
  });
});

/** Gives the folders of this machine the names that they have where evald is installed. */
const showAsInstalled = (page: Page, dataDir: string) =>
  page.evaluate(`{
    const names = ${JSON.stringify({ [dataDir]: '/var/lib/evald', [new URL('../..', import.meta.url).pathname]: '/opt/evald/' })};
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      for (const [here, name] of Object.entries(names)) texts.currentNode.data = texts.currentNode.data.replaceAll(here, name);
    }
  }`);

/** Waits until the page has been drawn for its size. */
const settled = (page: Page) =>
  page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
