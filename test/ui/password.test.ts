import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chromium, describeWith } from '../support/needs.ts';
import { complaintsOf, launchBrowser } from '../support/server/browser.ts';
import { startServer } from '../support/server/server.ts';
import { tokensFile } from '../support/server/tokens.ts';

describeWith(chromium, 'a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test.each(['/docs', '/machines'])(
    'a browser is asked for a password, and with a token it shows %s, scripts and all',
    async (path) => {
      const cleanings: (() => Promise<void>)[] = [];
      try {
        const tokens = await tokensFile({ onTestFinished: (clean) => cleanings.push(clean) }, { alice: 'read' });
        const server = await startServer({ flags: ['--tokens', tokens.file] });
        cleanings.push(async () => void (await server.stop()));
        const stranger = await browser.newPage();
        // What a browser without a window says when it would ask.
        await expect(stranger.goto(server.url + path)).rejects.toThrow('ERR_INVALID_AUTH_CREDENTIALS');
        const context = await browser.newContext({
          httpCredentials: { username: 'any', password: tokens.tokenOf('alice') },
        });
        const page = await context.newPage();
        const complaints = complaintsOf(page);
        expect((await page.goto(server.url + path))?.status()).toBe(200);
        const answer = await page.evaluate(async () => (await fetch('/health')).status);
        expect(answer).toBe(200);
        expect(complaints).toEqual([]);
        await context.close();
      } finally {
        for (const clean of cleanings.reverse()) await clean();
      }
    },
  );
});
