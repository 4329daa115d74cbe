import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createClient } from '../../src/client/index.ts';
import { chromium, describeWith } from '../support/needs.ts';
import { launchBrowser } from '../support/server/browser.ts';
import { openPage } from '../support/server/page.ts';
import { startServer, type TestServer } from '../support/server/server.ts';

const markup = '<img src=x onerror="window.ran=1"><script>window.ran=1</script><style>*{display:none}</style>';
const hostile = {
  markup,
  'an address with a script': 'javascript:window.ran=1//',
  'a long name without blanks': 'x'.repeat(90),
  'marks that turn the text around': '\u202Egnorw\u202C \u2067olleh',
  'an end of an attribute': `"'\`><svg onload=window.ran=1>`,
};

const views = ['', '/log', '/scores', '/samples', '/files', '/request', '/timeline', '/chart'];

describeWith(chromium, 'texts of others', () => {
  let server: TestServer;
  let browser: Browser;
  beforeAll(async () => {
    [server, browser] = await Promise.all([startServer(), launchBrowser()]);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test.each(Object.entries(hostile))(
    '%s is text in every view: nothing of it runs, and no view is wider than its window',
    async (_, text) => {
      const client = createClient({ server: server.url });
      const submission = { tasks: ['demo_digits', text], labels: { run: text, step: 1 }, gen_kwargs: text };
      const failed = await client.submit({
        ...submission,
        model: text,
        model_args: { pretrained: `/ckpt/${text}/${text}` },
      });
      const known = { model: 'majority', tasks: ['demo_digits'], limit: 5, labels: { run: text } };
      const completed = await client.submit({ ...known, model_args: { pretrained: text } });
      await client.wait([failed.job_id, completed.job_id]);
      await client.pause();
      onTestFinished(async () => void (await client.resume()));
      const queued = await client.submit({ ...known, model: text });

      const addresses = [
        '/now',
        '/jobs',
        `/jobs?q=${encodeURIComponent(text.split(' ', 1)[0] ?? '')}`,
        '/charts',
        '/scores',
        `/scores?task=${encodeURIComponent(text)}`,
        '/scores?task=demo_digits',
        '/scores?task=demo_digits&view=table',
        '/leaderboard?empty=shown&runs=all',
        `/compare?a=${failed.job_id}&b=${completed.job_id}`,
        `/compare?a=${encodeURIComponent(text)}&b=${completed.job_id}`,
        `/new?from=${failed.job_id}`,
        `/${encodeURIComponent(text)}`,
        `/jobs/${encodeURIComponent(text)}`,
        ...[failed, completed, queued].flatMap(({ job_id: id }) => views.map((view) => `/jobs/${id}${view}`)),
      ];
      const { page, complaints, close } = await openPage(browser, server, '/now', {
        viewport: { width: 390, height: 800 },
      });
      const dialogs: string[] = [];
      page.on('dialog', (dialog) => void dialogs.push(dialog.message()));
      for (const address of addresses) {
        await page.evaluate(`location.hash = ${JSON.stringify(address)}`);
        await drawn(page);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        expect(width, address).toBeLessThanOrEqual(390);
        expect(await page.evaluate('window.ran'), address).toBeUndefined();
        expect(
          await page.locator('main img[src="x"], main script, main style, [onerror], [onload]').count(),
          address,
        ).toBe(0);
        expect(await page.locator('a[href^="javascript:"]').count(), address).toBe(0);
      }
      expect(dialogs).toEqual([]);
      // What a browser says of the job that there is not, and of runs without results, is no fault of the page.
      expect(complaints.filter((complaint) => !complaint.startsWith('Failed to load resource'))).toEqual([]);
      await client.cancel(queued.job_id);
      await close();
    },
  );
});

/** Waits until a view has what it asked for. */
async function drawn(page: Page): Promise<void> {
  await page.locator('main > *').first().waitFor({ state: 'attached' });
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}
