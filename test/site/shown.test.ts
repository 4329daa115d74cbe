import { execFileSync } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeFolder } from '../support/files/removeFolder.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { findingsOf, overflowOf } from '../support/server/accessibility.ts';
import { launchBrowser } from '../support/server/browser.ts';

const build = new URL('../../tools/site/build.ts', import.meta.url).pathname;
/** Tables, code, pictures, charts. */
const shown = ['index.html', 'docs/api.html', 'docs/page.html', 'diagrams/index.html'];

describeWith(chromium, 'the site in a browser', () => {
  let folder: string;
  let browser: Browser;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'evald-site-'));
    execFileSync(process.execPath, [build, folder]);
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await removeFolder(folder);
  });

  test.each([
    [1400, 'light'],
    [390, 'dark'],
  ] as const)(
    'the site, opened from a disk, can be read by all at %i pixels in %s, and is not wider than its window',
    async (width, colorScheme) => {
      const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
      const missing: string[] = [];
      page.on('requestfailed', (request) => {
        if (['image', 'stylesheet'].includes(request.resourceType())) missing.push(request.url());
      });
      for (const name of shown) {
        await page.goto(`file://${folder}/${name}`);
        expect({ name, findings: await findingsOf(page) }).toEqual({ name, findings: [] });
        expect({ name, overflow: await overflowOf(page) }).toEqual({ name, overflow: 0 });
      }
      expect(missing).toEqual([]);
      await page.close();
    },
  );

  test('the site is read without scripts, by its links and keys', async () => {
    const page = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
    await page.goto(`file://${folder}/index.html`);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(page.url()).toMatch(/#text$/);
    await page.getByRole('navigation').getByRole('link', { name: 'Deploying a server', exact: true }).click();
    expect(page.url()).toBe(`file://${folder}/docs/deploy.html`);
    await page.getByRole('navigation').getByRole('link', { name: 'A unit for systemd' }).click();
    expect(page.url()).toMatch(/#a-unit-for-systemd$/);
    await page.context().close();
  });
});
